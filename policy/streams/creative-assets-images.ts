import { adsListStream, signedAddress } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';

export const creativeAssetsImages = adsListStream({
  name: 'creative_assets_images',
  meaning: 'Pictures in the account’s library.',
  key: ['image_id'],
  scope: '600',
  request: { endpoint: 'file/image/ad/search/', pageSize: 100 },
  fields: fieldsOf('ads.creative', 'advertiser', {
    image_id: ['text', 'Picture.'],
    material_id: ['id', 'The same as material.'],
    file_name: ['text', 'Name of the file.'],
    format: ['text', 'Format of the file.'],
    width: ['count', 'Width.', 'pixels'],
    height: ['count', 'Height.', 'pixels'],
    size: ['count', 'Size of the file.', 'bytes'],
    signature: ['text', 'MD5 of the file.'],
    is_carousel_usable: ['boolean', 'Whether a carousel can show it.'],
    displayable: ['boolean', 'Whether TikTok can show it.'],
    create_time: ['instant', 'When it was uploaded.'],
    modify_time: ['instant', 'When it was last changed.'],
  }),
  dropped: [{ source: 'image_url', reason: signedAddress }],
});
