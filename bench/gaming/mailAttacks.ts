import { Random } from "../../scorer/index.ts";
import { type Alteration, textCopies } from "./intakeCopies.ts";
import { flipMails, mailRows, senders } from "./mailRows.ts";
import { contributionsOf, type Row } from "./market.ts";
import { type Attack, type HonestScene, type Scene, sceneOf } from "./scene.ts";

const COPIES = 3;
const LAMBDA = 1;
/** Part of all rows that the attacker has. */
const PART = 0.02;
const QUICK_SENDERS = 20;

const added =
  (rowsOf: (scene: Scene) => readonly Row[]): Attack =>
  (scene) => ({ contributions: contributionsOf(scene.attacker, [...scene.own, ...rowsOf(scene)]) });

/** The texts that copies take words from. */
const WORDS = 1000;

const nearCopies = (name: string): Attack =>
  added((scene) => {
    const texts = scene.market.contributions.flatMap(({ rows }) => rows.map(textOf)).slice(0, WORDS);
    const alter = textCopies(texts)[name]!;
    return Array.from({ length: COPIES }, () => altered(scene, alter)).flat();
  });

/** With mails. */
export const MAIL_ATTACKS: Readonly<Record<string, Attack>> = {
  duplicate: added(({ own }) => Array.from({ length: COPIES }, () => own).flat()),
  copyRival: added(({ rival }) => rival),
  ...Object.fromEntries(
    [5, 10, 20, 30, 50].map((percent) => [
      `near: ${percent} % of words replaced`,
      nearCopies(`${percent} % of words replaced`),
    ]),
  ),
  flip20: ({ attacker, own, random }) => ({ contributions: contributionsOf(attacker, flipMails(own, 0.2, random)) }),
  flip100: ({ attacker, own, random }) => ({ contributions: contributionsOf(attacker, flipMails(own, 1, random)) }),
};

/** Real senders; the one with nearest to 2 % of the rows attacks. */
export function mailScene(seed: number, quick: boolean): HonestScene {
  const random = new Random(seed);
  const all = quick ? senders().slice(0, QUICK_SENDERS) : senders();
  const rows = all.reduce((sum, sender) => sum + sender.rows.length, 0);
  const distance = (sender: (typeof all)[number]): number => Math.abs(sender.rows.length - PART * rows);
  const attacker = all.reduce((best, sender) => (distance(sender) < distance(best) ? sender : best));
  const wallets = [...all.filter((sender) => sender !== attacker), attacker];
  const heldOut = random.shuffle(all.flatMap((sender) => sender.heldOut));
  const half = Math.floor(heldOut.length / 2);
  const market = {
    classes: 2,
    lambda: LAMBDA,
    wallets: wallets.length,
    contributions: wallets.flatMap((sender, wallet) => contributionsOf(wallet, sender.rows)),
  };
  const encode = (given: readonly Row[]): Row[] =>
    mailRows(given.map((row) => ({ ...mailOf(row), label: row.label as 0 | 1 })));
  return sceneOf(market, seed, encode, {
    own: attacker.rows,
    rival: wallets[0]!.rows,
    spare: [],
    past: heldOut.slice(0, half),
    today: heldOut.slice(half),
  });
}

function altered({ own, encode, random }: Scene, alter: Alteration<string>): readonly Row[] {
  return encode(
    own.map((row) => ({ ...row, content: { kind: "text", text: alter(textOf(row), () => random.uniform()) } })),
  );
}

function mailOf(row: Row): { subject: string; body: string } {
  const text = textOf(row);
  const end = text.indexOf("\n");
  return end < 0 ? { subject: "", body: text } : { subject: text.slice(0, end), body: text.slice(end + 1) };
}

function textOf({ content }: Row): string {
  if (content.kind !== "text") throw new Error("a row of this attack has to be a text");
  return content.text;
}
