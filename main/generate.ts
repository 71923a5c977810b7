/** `npm run generate`: writes the documents that are made from code. */
import { mkdir, writeFile } from 'node:fs/promises';
import { renderOpenApi } from '../api/openapi.ts';
import { renderDataMap } from '../policy/data-map.ts';
import { renderErrors } from '../policy/error-document.ts';

const docs = new URL('../docs/', import.meta.url);
await mkdir(docs, { recursive: true });
await writeFile(new URL('data-map.md', docs), renderDataMap());
await writeFile(new URL('errors.md', docs), renderErrors());
await writeFile(new URL('../api/openapi.json', import.meta.url), await renderOpenApi());
