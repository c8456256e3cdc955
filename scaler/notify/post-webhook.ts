import ky, { HTTPError } from 'ky';

/** Attempts after the first, on network errors and on statuses that ask for it. */
const retries = 2;
/** A retry waits a random time below a doubling limit, which ends here. */
const backoffMilliseconds = 2_000;

/**
 * Sends JSON to a URL. Retries network errors and statuses 408, 429, 500, 502, 503 and 504 twice with
 * jitter: a notice that comes twice does no harm. A redirect is not followed: what is in the notice
 * goes to the declared address and to no other.
 *
 * @throws Error without the URL, whose path and query may be secret.
 */
export async function postWebhook(url: string, json: unknown, signal: AbortSignal): Promise<void> {
  try {
    const response = await ky.post(url, {
      json,
      signal,
      // The signal is the limit, over all attempts.
      timeout: false,
      redirect: 'manual',
      retry: {
        limit: retries,
        methods: ['post'],
        statusCodes: [408, 429, 500, 502, 503, 504],
        backoffLimit: backoffMilliseconds,
        jitter: true,
      },
    });
    await response.body?.cancel();
  } catch (error) {
    if (!(error instanceof HTTPError)) throw new Error(networkProblem(error));
    const { status } = error.response;
    await error.response.body?.cancel();
    const redirect = status >= 300 && status < 400 ? ', a redirect; declare where it leads' : '';
    throw new Error(`status ${status}${redirect}`);
  }
}

/** `fetch failed` says little; its cause has the system's code. No message is passed on: it may have the URL. */
function networkProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') {
    return `no answer (${cause.code})`;
  }
  return `no answer (${error.name})`;
}
