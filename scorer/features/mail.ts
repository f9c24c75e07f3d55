import { ScorerError } from "../core/errors.ts";

/** What is kept of a mail: nobody's address, only the registrable-looking tail of the sender's domain. */
export interface Mail {
  /** The last two labels of the From address's domain, in lower case: `lists.example.com` gives `example.com`. */
  readonly domain: string;
  /** The Subject, unfolded; empty when there is none. */
  readonly subject: string;
  /** The body without HTML tags. */
  readonly body: string;
}

/** Stands where an address stood: that there was one is a signal, whose it was is nobody's business. */
const ADDRESS_MARK = "mailaddress";
const ADDRESS = /[A-Za-z0-9._%+=-]+@[A-Za-z0-9.-]+/g;
const HTML_TAG = /<[!/A-Za-z][^<>]*>/g;

/**
 * Reads one raw mail (RFC 822 §3.1: header lines, an empty line, the body; an mbox "From " line is skipped).
 * Transfer encodings are left as they are. Addresses in subject and body are replaced by a mark.
 *
 * @param raw - the mail as text, lines ended by LF or CRLF
 * @throws ScorerError `bad-mail` when there is no From header with a domain of at least two labels
 */
export function parseMail(raw: string): Mail {
  const text = raw.replace(/\r\n/g, "\n");
  const headEnd = text.indexOf("\n\n");
  const head = headEnd < 0 ? text : text.slice(0, headEnd);
  const body = headEnd < 0 ? "" : text.slice(headEnd + 2);
  const headers = head.replace(/\n[ \t]+/g, " ").split("\n");
  return {
    domain: senderDomain(headerValue(headers, "from")),
    subject: withoutAddresses(headerValue(headers, "subject") ?? ""),
    body: withoutAddresses(body).replace(HTML_TAG, " "),
  };
}

/**
 * The class of a mail of the SpamAssassin public corpus by the name of its group.
 *
 * @param group - `easy-ham-1`, `easy-ham-2`, `hard-ham-1`, `spam-1` or `spam-2`
 * @returns 1 for spam, 0 for ham
 * @throws ScorerError `bad-mail` for another name
 */
export function spamLabel(group: string): 0 | 1 {
  if (/^spam-\d$/.test(group)) return 1;
  if (/^(easy|hard)-ham-\d$/.test(group)) return 0;
  throw new ScorerError(
    "bad-mail",
    `"${group}" is not a group of the SpamAssassin corpus: expected spam-N, easy-ham-N or hard-ham-N`,
  );
}

function headerValue(headers: readonly string[], name: string): string | undefined {
  for (const line of headers) {
    const colon = line.indexOf(":");
    if (colon > 0 && asciiLower(line.slice(0, colon)) === name) return line.slice(colon + 1).trim();
  }
  return undefined;
}

function senderDomain(from: string | undefined): string {
  const domain =
    from === undefined ? undefined : (/<[^<>@]*@([^<>@\s]+)>/.exec(from) ?? /@([A-Za-z0-9.-]+)/.exec(from))?.[1];
  const labels = asciiLower(domain ?? "")
    .split(".")
    .filter((label) => label !== "");
  if (labels.length < 2) {
    throw new ScorerError(
      "bad-mail",
      "the mail has no From header with a domain of at least two labels: leave it out of the dataset",
    );
  }
  return labels.slice(-2).join(".");
}

function withoutAddresses(text: string): string {
  return text.replace(ADDRESS, ADDRESS_MARK);
}

/** `toLowerCase` follows the engine's Unicode tables; this does not. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));
}
