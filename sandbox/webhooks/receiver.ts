/** A receiver for tests of webhooks: keeps what came and answers as it is told. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Status and body of an answer; null for none at all. */
export type ReceiverAnswer = { readonly status: number; readonly body: string } | null;

export interface Receiver {
  readonly address: string;
  readonly received: Received[];
  answer: ReceiverAnswer;
  /** Resolves when so many have come. */
  reached(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { headers } = request;
    receiver.received.push({ headers, body: Buffer.concat(chunks).toString('utf8') });
    for (const { count, resolve } of waiting) {
      if (receiver.received.length >= count) resolve();
    }
    const { answer } = receiver;
    if (answer) response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks`,
    received: [],
    answer: { status: 200, body: '' },
    reached: (count) =>
      receiver.received.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve })),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
