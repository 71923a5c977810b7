/** The few pages that a browser sees around a consent: plain text in HTML, no script, no style, nothing from the request. */

const pages = {
  received: {
    status: 200,
    title: ['TikTok authorisation received', '已收到 TikTok 授权'],
    text: [
      'The hub is asking TikTok which accounts you granted. You may close this page and choose the accounts in the hub.',
      '系统正在向 TikTok 查询您授权的账户。您可以关闭此页面，并在系统中选择账户。',
    ],
  },
  refused: {
    status: 200,
    title: ['Nothing was connected', '未连接任何账户'],
    text: [
      'You did not authorise the hub at TikTok. Nothing was stored. You can begin again at any time.',
      '您没有在 TikTok 上授权。系统未保存任何内容。您可以随时重新开始。',
    ],
  },
  elsewhere: {
    status: 200,
    title: ['Begin in the hub', '请在系统中开始授权'],
    text: [
      'This authorisation was begun at TikTok, where nobody knows for which workspace it is. Nothing was taken over or stored. Sign in to the hub and begin the authorisation there.',
      '此授权是在 TikTok 上发起的，无法判断它属于哪个工作区。系统未接收或保存任何内容。请登录系统，并在系统中开始授权。',
    ],
    link: ['To the hub', '前往系统'],
  },
  invalid: {
    status: 400,
    title: ['This authorisation cannot be used', '此授权无法使用'],
    text: [
      'It is older than an hour, was used before, or was begun in another browser. Nothing was stored. Begin again in the hub, with cookies allowed, and finish within an hour.',
      '此授权已超过一小时、已被使用，或是在其他浏览器中发起的。系统未保存任何内容。请在允许 Cookie 的情况下重新开始，并在一小时内完成。',
    ],
  },
  unavailable: {
    status: 503,
    title: ['The hub could not go on', '系统暂时无法继续'],
    text: [
      'A part of the hub does not answer (see /readyz). What TikTok sent was destroyed. Begin again in a few minutes.',
      '系统的某个部分没有响应（见 /readyz）。TikTok 发送的内容已被销毁。请几分钟后重新开始。',
    ],
  },
} as const satisfies Record<
  string,
  {
    status: number;
    title: readonly [string, string];
    text: readonly [string, string];
    /** To the hub's first page. */
    link?: readonly [string, string];
  }
>;

export type PageName = keyof typeof pages;

/** Status and HTML of a page, English and Chinese below each other. */
export function renderPage(name: PageName): { status: number; html: string } {
  const { status, title, text, ...more } = pages[name];
  const link = (language: 0 | 1): string =>
    'link' in more ? `<p><a href="/">${more.link[language]}</a></p>` : '';
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title[0]}</title></head>
<body><main><h1>${title[0]}</h1><p>${text[0]}</p>${link(0)}</main>
<section lang="zh-Hans"><h2>${title[1]}</h2><p>${text[1]}</p>${link(1)}</section></body></html>
`;
  return { status, html };
}
