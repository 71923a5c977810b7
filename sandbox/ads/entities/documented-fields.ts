/** The field names of each listing, as documented or seen in recorded answers. */

const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const documentedFields = {
  advertiser: names(`
    advertiser_id owner_bc_id status role rejection_reason timezone display_timezone company
    company_name_editable industry address country advertiser_account_type currency contacter
    email cellphone_number telephone_number language license_no license_url license_province
    license_city promotion_area promotion_center_province promotion_center_city brand description
    balance create_time name
  `),
  campaign: names(`
    advertiser_id campaign_id campaign_system_origin create_time modify_time objective_type
    app_promotion_type virtual_objective_type sales_destination is_search_campaign
    is_smart_performance_campaign campaign_type app_id is_advanced_dedicated_campaign
    disable_skan_campaign bid_align_type campaign_app_profile_page_state rf_campaign_type
    campaign_product_source catalog_enabled campaign_name special_industries budget_optimize_on
    bid_type deep_bid_type roas_bid optimization_goal budget_mode budget rta_id rta_bid_enabled
    rta_product_selection_enabled operation_status secondary_status postback_window_mode
    is_new_structure objective po_number
  `),
  adgroup: names(`
    advertiser_id campaign_id campaign_name campaign_system_origin is_smart_performance_campaign
    adgroup_id adgroup_name create_time modify_time shopping_ads_type identity_id identity_type
    identity_authorized_bc_id product_source catalog_id catalog_authorized_bc_id store_id
    store_authorized_bc_id promotion_type promotion_target_type messaging_app_type
    messaging_app_account_id phone_region_code phone_region_calling_code phone_number
    promotion_website_type app_id app_type app_download_url pixel_id optimization_event
    custom_conversion_id app_config deep_funnel_optimization_status deep_funnel_event_source
    deep_funnel_event_source_id deep_funnel_optimization_event placement_type placements
    tiktok_subplacements search_result_enabled automated_keywords_enabled search_keywords keyword
    match_type keyword_bid_type keyword_bid audit_status reject_info forbidden_location
    reject_reasons reason comment_disabled video_download_disabled share_disabled
    blocked_pangle_app_ids audience_type audience_rule auto_targeting_enabled
    shopping_ads_retargeting_type shopping_ads_retargeting_actions_days included_custom_actions
    code days excluded_custom_actions shopping_ads_retargeting_custom_audience_relation
    location_ids zipcode_ids languages gender age_groups spending_power household_income
    audience_ids smart_audience_enabled excluded_audience_ids interest_category_ids
    interest_keyword_ids purchase_intention_keyword_ids actions action_scene action_period
    video_user_actions action_category_ids smart_interest_behavior_enabled
    included_pangle_audience_package_ids excluded_pangle_audience_package_ids operating_systems
    min_android_version ios14_targeting min_ios_version ios14_quota_type device_model_ids
    network_types carrier_ids isp_ids device_price_ranges targeting_expansion expansion_enabled
    expansion_types saved_audience_id contextual_tag_ids brand_safety_type brand_safety_partner
    inventory_filter_enabled category_exclusion_ids vertical_sensitivity_id budget_mode budget
    scheduled_budget schedule_type schedule_start_time schedule_end_time predict_impression
    topview_reach_range pre_discount_cpm cpm discount_type discount_amount discount_percentage
    pre_discount_budget schedule_infos schedules start_time end_time expected_orders is_draft
    schedule_id delivery_mode dayparting optimization_goal secondary_optimization_event
    message_event_set_id frequency frequency_schedule bid_type bid_price conversion_bid_price
    deep_bid_type roas_bid vbo_window bid_display_mode deep_cpa_bid cpv_video_duration
    next_day_retention click_attribution_window engaged_view_attribution_window
    view_attribution_window attribution_event_count billing_event pacing operation_status
    secondary_status statistic_type is_hfss creative_material_mode adgroup_app_profile_page_state
    feed_type rf_purchased_type purchased_impression purchased_reach rf_estimated_cpr
    rf_estimated_frequency split_test_group_id split_test_status is_new_structure
    skip_learning_phase conversion_window category_id keywords
  `),
  ad: names(`
    advertiser_id campaign_id campaign_name campaign_system_origin adgroup_id adgroup_name ad_id
    ad_name create_time modify_time identity_id identity_type identity_authorized_bc_id catalog_id
    product_specific_type item_group_ids product_set_id sku_ids vehicle_ids showcase_products
    item_group_id store_id ad_format vertical_video_strategy dynamic_format video_id image_ids
    carousel_image_index end_card_cta auto_disclaimer_types product_display_field_list music_id
    tiktok_item_id promotional_music_disabled item_duet_status item_stitch_status dark_post_status
    branded_content_disabled shopping_ads_video_package_id ad_text ad_texts call_to_action
    call_to_action_id card_id landing_page_url utm_params key value page_id cpp_url
    tiktok_page_category phone_region_code phone_region_calling_code phone_number deeplink
    deeplink_type deeplink_format_type shopping_ads_deeplink_type deeplink_utm_params
    shopping_ads_fallback_type fallback_type dynamic_destination auto_message_id
    aigc_disclosure_type disclaimer_type disclaimer_text text disclaimer_clickable_texts url
    tracking_pixel_id tracking_app_id tracking_offline_event_set_ids tracking_message_event_set_id
    vast_moat_enabled viewability_postbid_partner viewability_vast_url
    brand_safety_postbid_partner brand_safety_vast_url impression_tracking_url click_tracking_url
    playable_url operation_status secondary_status creative_type app_name display_name
    avatar_icon_web_uri profile_image_url creative_authorized is_aco is_new_structure
    optimization_event landing_page_urls
  `),
};
