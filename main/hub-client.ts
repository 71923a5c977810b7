/** A small client of the hub's own API and of its sandbox's truth, for the demo and the simulations. */
export interface StreamState {
  readonly stream: string;
  readonly state: string | null;
  readonly windows: { planned: number; loaded: number; failed: number };
  readonly rows: number;
  readonly completeness: Readonly<Record<string, number>>;
}

export interface ConnectionState {
  readonly id: string;
  readonly workspaceId: string;
  readonly platform: string;
  readonly accountId: string;
  readonly state: string;
  readonly currency: string | null;
  readonly timeZone: string | null;
  readonly sync: string | null;
  /** When erasing its data is owed; null while it is connected. */
  readonly eraseDueAt: string | null;
  readonly streams: readonly StreamState[];
  readonly unknownFields: readonly { stream: string; field: string; rows: number }[];
  readonly quarantine: readonly { stream: string; reason: string; rows: number }[];
}

export interface Report {
  readonly rows: readonly Readonly<Record<string, string | number | null>>[];
  readonly meta: {
    readonly completeness: Readonly<Record<string, number>>;
    readonly newestPulledAt: string | null;
  };
}

export interface HubClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  connections(): Promise<ConnectionState[]>;
  adPerformance(query: Readonly<Record<string, string>>): Promise<Report>;
}

export function createHubClient(hub: URL, bearerToken: string): HubClient {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(new URL(path, hub), {
      method,
      headers: {
        authorization: `Bearer ${bearerToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status} ${text}`);
    return JSON.parse(text) as T;
  };
  const get = <T>(path: string) => call<T>('GET', path);
  return {
    get,
    post: (path, body) => call('POST', path, body),
    async connections() {
      const list = await get<{ id: string }[]>('api/v1/connections');
      return Promise.all(list.map(({ id }) => get<ConnectionState>(`api/v1/connections/${id}`)));
    },
    adPerformance: (query) =>
      get<Report>(`api/v1/reports/ad-performance?${new URLSearchParams(query)}`),
  };
}

/** Whether everything that is owed now is loaded: nothing planned, every stream at rest. */
export function isCaughtUp(connection: ConnectionState): boolean {
  return (
    connection.streams.length > 0 &&
    connection.streams.every(
      ({ state, windows }) =>
        windows.planned === 0 && windows.loaded + windows.failed > 0 && state === 'idle',
    )
  );
}
