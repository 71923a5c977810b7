import { adsListStream, signedAddress } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';

export const creativeAssetsMusic = adsListStream({
  name: 'creative_assets_music',
  meaning: 'Music that the account can use.',
  key: ['music_id'],
  scope: '630',
  request: { endpoint: 'file/music/get/', rows: 'musics', pageSize: 1000 },
  fields: fieldsOf('ads.creative', 'advertiser', {
    music_id: ['id', 'Piece of music.'],
    material_id: ['id', 'The same as material.'],
    name: ['text', 'Title.'],
    author: ['text', 'Published name of the musician or band.'],
    file_name: ['text', 'Name of the file.'],
    sources: ['json', 'Where it came from: TikTok, or an upload.'],
    style: ['text', 'Kind of music.'],
    copyright: ['text', 'What it may be used for.'],
    duration: ['ratio', 'Length.', 'seconds'],
    signature: ['text', 'MD5 of the file.'],
    liked: ['boolean', 'Whether the account marked it.'],
    create_time: ['instant', 'When it was added.'],
    modify_time: ['instant', 'When it was last changed.'],
  }),
  dropped: [
    { source: 'url', reason: signedAddress },
    { source: 'cover_url', reason: signedAddress },
  ],
});
