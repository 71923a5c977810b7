/** Seals every payload that the workflow store keeps: a copied or leftover store file tells nothing without the keyring. */
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { Keyring } from '../../keyring/keyring.ts';

const encoding = Buffer.from('binary/sealed');
const context = 'workflow-store/payload';

export async function createSealingCodec(
  keyring: Pick<Keyring, 'ensure' | 'seal' | 'unseal'>,
): Promise<PayloadCodec> {
  const key = await keyring.ensure('workflow-store', 'temporal');
  return {
    encode: (payloads) =>
      Promise.all(
        payloads.map(async (payload) => ({
          metadata: { encoding },
          data: await keyring.seal([key], context, pack(payload)),
        })),
      ),
    // What came from elsewhere (an operator's command line) is not sealed, and is left as it is.
    decode: (payloads) =>
      Promise.all(
        payloads.map(async (payload) =>
          isSealed(payload)
            ? unpack(await keyring.unseal(payload.data ?? empty, context))
            : payload,
        ),
      ),
  };
}

const empty = new Uint8Array();

const isSealed = ({ metadata }: Payload): boolean =>
  metadata?.encoding !== undefined && encoding.equals(metadata.encoding);

/** Length of the metadata, metadata as JSON, data. */
function pack({ metadata, data }: Payload): Buffer {
  const texts = Object.entries(metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('base64'),
  ]);
  const head = Buffer.from(JSON.stringify(Object.fromEntries(texts)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  // An empty payload that comes out of a workflow's sandbox is a plain array.
  return Buffer.concat([length, head, Buffer.from(data ?? empty)]);
}

function unpack(packed: Buffer): Payload {
  const headEnd = 4 + packed.readUInt32BE(0);
  const texts: Record<string, string> = JSON.parse(packed.toString('utf8', 4, headEnd));
  const metadata = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text, 'base64')]);
  return { metadata: Object.fromEntries(metadata), data: packed.subarray(headEnd) };
}
