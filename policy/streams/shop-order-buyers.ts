import { fieldsOf } from '../entity-stream.ts';
import { partOf, renamed, under } from '../shop-stream.ts';
import { shopOrders } from './shop-orders.ts';

export const shopOrderBuyers = partOf(shopOrders, {
  name: 'shop_order_buyers',
  meaning:
    'Who ordered and where the parcel goes, as TikTok says now: masked values replace clear ones.',
  file: 'people',
  retention: 'buyers-while-needed',
  key: ['order_id'],
  rows: null,
  fields: [
    ...renamed(
      { id: 'order_id' },
      fieldsOf('order.state', 'buyer', {
        id: ['id', 'Order.'],
        status: ['text', 'State of the order: its end starts the last 30 days.'],
        create_time: ['instant', 'When it was placed.'],
        update_time: ['instant', 'When it was last changed.'],
      }),
    ),
    ...fieldsOf('order.delivery', 'buyer', { tracking_number: ['text', 'Number of the parcel.'] }),
    ...fieldsOf('buyer.identity', 'buyer', {
      user_id: ['id', 'The buyer’s TikTok id.'],
      buyer_nickname: ['text', 'The buyer’s name on TikTok.'],
      cpf: ['text', 'Tax number (Brazil).'],
      cpf_name: ['text', 'Name that belongs to the tax number.'],
    }),
    ...fieldsOf('buyer.contact', 'buyer', {
      buyer_email: ['text', 'E-mail address, through TikTok’s relay.'],
    }),
    ...fieldsOf('buyer.words', 'buyer', {
      buyer_message: ['text', 'What the buyer wrote.'],
      seller_note: ['text', 'What the seller noted.'],
    }),
    ...under('recipient_address', [
      ...fieldsOf('buyer.identity', 'buyer', {
        name: ['text', 'Name of the recipient.'],
        first_name: ['text', 'First name.'],
        last_name: ['text', 'Last name.'],
        first_name_local_script: ['text', 'First name in the local script.'],
        last_name_local_script: ['text', 'Last name in the local script.'],
      }),
      ...fieldsOf('buyer.contact', 'buyer', { phone_number: ['text', 'Telephone.'] }),
      ...fieldsOf('buyer.address', 'buyer', {
        full_address: ['text', 'Address in one line.'],
        address_detail: ['text', 'Street and house.'],
        address_line1: ['text', 'First line.'],
        address_line2: ['text', 'Second line.'],
        address_line3: ['text', 'Third line.'],
        address_line4: ['text', 'Fourth line.'],
        district_info: ['json', 'Country, state, town, district.'],
        postal_code: ['text', 'Postal code.'],
        post_town: ['text', 'Post town.'],
        region_code: ['text', 'Country.'],
        delivery_preferences: ['json', 'Where to leave the parcel.'],
      }),
    ]),
  ],
});
