import { adsListStream, signedAddress } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';

export const creativeAssetsVideos = adsListStream({
  name: 'creative_assets_videos',
  meaning: 'Videos in the account’s library.',
  key: ['video_id'],
  scope: '610',
  request: { endpoint: 'file/video/ad/search/', pageSize: 100 },
  fields: fieldsOf('ads.creative', 'advertiser', {
    video_id: ['text', 'Video.'],
    material_id: ['id', 'The same as material.'],
    file_name: ['text', 'Name of the file.'],
    format: ['text', 'Format of the file.'],
    duration: ['ratio', 'Length.', 'seconds'],
    width: ['count', 'Width.', 'pixels'],
    height: ['count', 'Height.', 'pixels'],
    bit_rate: ['ratio', 'Data for each second.', 'bits per second'],
    size: ['count', 'Size of the file.', 'bytes'],
    signature: ['text', 'MD5 of the file.'],
    allowed_placements: ['json', 'Where it may be shown.'],
    allow_download: ['boolean', 'Whether it may be downloaded.'],
    displayable: ['boolean', 'Whether TikTok can show it.'],
    create_time: ['instant', 'When it was uploaded.'],
    modify_time: ['instant', 'When it was last changed.'],
  }),
  dropped: [
    { source: 'video_cover_url', reason: signedAddress },
    { source: 'preview_url', reason: signedAddress },
    { source: 'preview_url_expire_time', reason: 'Of an address that is not kept.' },
  ],
});
