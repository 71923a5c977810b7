/** The HTML of consent pages, on either face. */

export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)} – sandbox</title></head>
<body><main><h1>${escapeHtml(title)}</h1>
${body.startsWith('<') ? body : `<p>${body}</p>`}
</main></body>
</html>`;
}

/** Boxes of a form, all ticked. */
export function checkboxes(
  legend: string,
  name: string,
  items: readonly { id: string | number; label: string }[],
): string {
  const boxes = items.map(
    ({ id, label }) =>
      `<p><label><input type="checkbox" name="${name}" value="${id}" checked> ${escapeHtml(label)}</label></p>`,
  );
  return `<fieldset><legend>${escapeHtml(legend)}</legend>\n${boxes.join('\n')}\n</fieldset>`;
}

/** One of several, the first one chosen. */
export function radioButtons(
  legend: string,
  name: string,
  items: readonly { id: string; label: string }[],
): string {
  const buttons = items.map(
    ({ id, label }, index) =>
      `<p><label><input type="radio" name="${name}" value="${id}"${index === 0 ? ' checked' : ''}> ${escapeHtml(label)}</label></p>`,
  );
  return `<fieldset><legend>${escapeHtml(legend)}</legend>\n${buttons.join('\n')}\n</fieldset>`;
}

export function hiddenField(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
}

export const decisionButtons = `<p><button name="decision" value="allow">Allow</button>
<button name="decision" value="cancel">Cancel</button></p>`;

export function escapeHtml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
