import { adsListStream, signedAddress } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';
import { renamed, under } from '../shop-stream.ts';

export const sparkAds = adsListStream({
  name: 'spark_ads',
  meaning: 'Posts of creators that the account may promote as they stand.',
  key: ['item_id'],
  scope: '690',
  request: { endpoint: 'tt_video/list/', pageSize: 50 },
  fields: [
    ...under('item_info', [
      ...fieldsOf('ads.creative', 'advertiser', {
        item_id: ['id', 'Post.'],
        item_type: ['text', 'Video or carousel.'],
        status: ['text', 'Whether the post is public.'],
      }),
      ...fieldsOf('ads.identity', 'creator', { text: ['text', 'What the creator wrote to it.'] }),
    ]),
    ...under(
      'user_info',
      fieldsOf('ads.identity', 'creator', {
        identity_id: ['text', 'TikTok account that posted it.'],
        identity_type: ['text', 'How that account allowed it.'],
        tiktok_name: ['text', 'Name of that account.'],
      }),
    ),
    ...under(
      'auth_info',
      fieldsOf('ads.settings', 'advertiser', {
        ad_auth_status: ['text', 'Whether the creator still allows it.'],
        auth_start_time: ['instant', 'From when the creator allows it.'],
        auth_end_time: ['instant', 'Until when the creator allows it.'],
      }),
    ),
    ...under(
      'video_info',
      renamed(
        { signature: 'video_signature' },
        fieldsOf('ads.creative', 'advertiser', {
          duration: ['ratio', 'Length.', 'seconds'],
          format: ['text', 'Format of the video.'],
          width: ['count', 'Width.', 'pixels'],
          height: ['count', 'Height.', 'pixels'],
          bit_rate: ['ratio', 'Data for each second.', 'bits per second'],
          size: ['count', 'Size of the video.', 'bytes'],
          signature: ['text', 'MD5 of the video.'],
        }),
      ),
    ),
  ],
  dropped: [
    { source: 'item_info.auth_code', reason: 'Whoever has it can promote the post.' },
    {
      source: 'item_info.carousel_info',
      reason: 'Signed addresses of the pictures of a carousel.',
    },
    { source: 'video_info.poster_url', reason: signedAddress },
    { source: 'video_info.url', reason: signedAddress },
  ],
});
