import { expect, it } from 'vitest';
import { signDevelopersWebhook, signShopWebhook } from './signature.ts';

const official =
  '{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}';
const older =
  '{"type":1,"shop_id":"7494726673780148744","timestamp":1664095733,"data":{"order_id":"576684019603311365","order_status":"AWAITING_SHIPMENT","update_time":1664095610}}';
const removed =
  '{"client_key":"bwo2m45353a6k85","event":"authorization.removed","create_time":1615338610,"user_openid":"act.example12345","content":"{\\"reason\\": 1 }"}';

it('signs as the official sample of TikTok Shop', () => {
  expect(signShopWebhook('abcdef', '123', official)).toBe(
    '5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05',
  );
});

it('signs as the sample of a published client', () => {
  expect(signShopWebhook('fake_app_key', 'fake_app_secret', older)).toBe(
    '21109834de72ec53c9959716d8514ae388ce1f123e5ffdcafc46713fcdf62b27',
  );
});

it('signs events for developers with their instant', () => {
  expect(signDevelopersWebhook('client_secret_example', 1_633_174_587, removed)).toBe(
    't=1633174587,s=ce7b4e5704c9b20ca36f26527eca2b14bc60538ca8c0b9243e154bf90960aedd',
  );
});
