import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { CodedError, messageOf } from "../../common/errors.ts";

/** What a collector answered. */
export interface CollectorAnswer {
  readonly status: number;
  /** Asked for by it before the next try; `null` when it did not say. */
  readonly retryAfterMs: number | null;
  /** The first bytes of its answer. */
  readonly body: string;
}

export type PostMetrics = (
  endpoint: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
) => Promise<CollectorAnswer>;

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * One POST. Redirects are not followed: figures and keys go where the operator said and nowhere else. Proxies of the
 * environment are not used either.
 * @throws CodedError `otlp.unreachable`, `aborted`
 */
export const postMetrics: PostMetrics = async (endpoint, headers, body, signal) => {
  const send = endpoint.startsWith("https:") ? httpsRequest : httpRequest;
  const bytes = Buffer.from(body);
  return new Promise<CollectorAnswer>((resolve, reject) => {
    const failed = (error: Error) => {
      reject(
        signal.aborted
          ? new CodedError("aborted", {}, { cause: error })
          : new CodedError("otlp.unreachable", { reason: messageOf(error) }, { cause: error }),
      );
    };
    const request = send(
      endpoint,
      {
        method: "POST",
        agent: false,
        signal,
        headers: { ...headers, "Content-Type": "application/json", "Content-Length": bytes.length },
        maxHeaderSize: 16 * 1024,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        const answer = (): void =>
          resolve({
            status: response.statusCode ?? 0,
            retryAfterMs: retryAfter(response.headers["retry-after"]),
            body: Buffer.concat(chunks).toString("utf8", 0, MAX_ANSWER_BYTES),
          });
        response.on("data", (chunk: Buffer) => {
          length += chunk.length;
          chunks.push(chunk);
          if (length <= MAX_ANSWER_BYTES) return;
          // Enough is known; an answer without end must not be waited for.
          answer();
          request.destroy();
        });
        response.on("end", answer);
        response.on("error", failed);
      },
    );
    request.on("error", failed);
    request.end(bytes);
  });
};

/** Seconds alone; a date would need both clocks to agree. */
function retryAfter(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null;
}
