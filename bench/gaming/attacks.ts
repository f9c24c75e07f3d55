import type { GreyImage } from "../../metadata/index.ts";
import { MNIST_CLASSES } from "../attribution/mnist.ts";
import { type Alteration, IMAGE_COPIES } from "./intakeCopies.ts";
import { contributionsOf, type Row } from "./market.ts";
import type { Attack, Scene } from "./scene.ts";
import { mislabelled } from "./settings.ts";

/** Copies of each own row that are added to it. */
const COPIES = 3;
const SPLIT_WALLETS = 10;
/** Own images of which one synthetic row is made. */
const MIXED = { prototypes: 5, interpolations: 2 };
/** Standard deviation of the noise, of 255, that a copier tries first, adds, and ends with. */
const FIRST_NOISE = 10;
const LAST_NOISE = 100;
/** Own rows that the attacker asks for. */
const WASHED = 10;

const replaced =
  (rowsOf: (scene: Scene) => readonly Row[]): Attack =>
  (scene) => ({ contributions: contributionsOf(scene.attacker, rowsOf(scene)) });

const added = (rowsOf: (scene: Scene) => readonly Row[]): Attack =>
  replaced((scene) => [...scene.own, ...rowsOf(scene)]);

const washing =
  (part: number): Attack =>
  (scene) => {
    const best = bestOf(scene.own, scene.askedAlone(scene.own), WASHED);
    return { contributions: contributionsOf(scene.attacker, scene.own), washing: { queries: best, part } };
  };

/** On digits. What each of them is stands in docs/gaming.md. */
export const DIGIT_ATTACKS: Readonly<Record<string, Attack>> = {
  freshRows: added(({ spare, own }) => spare.slice(0, COPIES * own.length)),
  freshRows100: added(({ spare, own }) => spare.slice(0, own.length)),
  split: ({ attacker, own }) => ({
    contributions: Array.from({ length: SPLIT_WALLETS }, (_, i) =>
      contributionsOf(
        attacker + i,
        own.filter((_, row) => row % SPLIT_WALLETS === i),
      ),
    ).flat(),
  }),
  recut: replaced(({ own, pastScores }) => bestOf(own, pastScores(own), own.length)),
  flip20: replaced(({ own, random }) => mislabelled(own, 0.2, random)),
  flip100: replaced(({ own, random }) => mislabelled(own, 1, random)),
  noiseJunk: added(noiseRows),
  labelJunk: added(({ spare, own, random }) =>
    spare.slice(0, COPIES * own.length).map((row) => ({ ...row, label: random.below(MNIST_CLASSES) })),
  ),
  scale: replaced(({ own }) => own.map((row) => ({ ...row, features: row.features.map((value) => 3 * value) }))),
  duplicate: added(({ own }) => Array.from({ length: COPIES }, () => own).flat()),
  copyRival: added(({ rival }) => rival),
  copyRivalNearly: added((scene) => altered(scene, scene.rival, IMAGE_COPIES["noise of 25 of 255"]!)),
  ...Object.fromEntries(
    Object.entries(IMAGE_COPIES).map(([name, alter]) => [
      `near: ${name}`,
      added((scene) => Array.from({ length: COPIES }, () => altered(scene, scene.own, alter)).flat()),
    ]),
  ),
  nearPassing: added(passing),
  prototypes: replaced((scene) => mixtures(scene, MIXED.prototypes, scene.own.length)),
  synthetic: added((scene) => {
    const rows = mixtures(scene, MIXED.interpolations, COPIES * scene.own.length);
    const labels = scene.answersOf(rows);
    return rows.map((row, i) => ({ ...row, label: labels[i]! }));
  }),
  queryFrozen: replaced(({ past, own }) => past.slice(0, own.length)),
  queryFrozenPicked: replaced(({ past, own, pastScores }) => bestOf(past, pastScores(past), own.length)),
  queryUnfrozen: replaced(({ today, own, answersOf }) => {
    const rows = today.slice(0, own.length);
    const labels = answersOf(rows);
    return rows.map((row, i) => ({ ...row, label: labels[i]! }));
  }),
  cherryPick: replaced(({ spare, own, pastScores }) => {
    const choice = [...own, ...spare].slice(0, 10 * own.length);
    return bestOf(choice, pastScores(choice), own.length);
  }),
  wash5: washing(0.05),
  wash10: washing(0.1),
  wash20: washing(0.2),
  wash40: washing(0.4),
};

/** Copies that an attacker would rather call its own, each by the name in `DIGIT_ATTACKS`. */
export const NEAR_ATTACKS = Object.keys(DIGIT_ATTACKS).filter((name) => name.startsWith("near: "));

/** The rows of the highest scores, the best first. */
function bestOf(rows: readonly Row[], scores: Float64Array, count: number): Row[] {
  return rows
    .map((_, i) => i)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, count)
    .map((i) => rows[i]!);
}

function altered({ encode, random }: Scene, rows: readonly Row[], alter: Alteration<GreyImage>): readonly Row[] {
  return encode(
    rows.map((row) => ({ ...row, content: { kind: "image", image: alter(imageOf(row), () => random.uniform()) } })),
  );
}

/** Noisy copies of which each is made anew, with more noise, as long as the intake would find it. */
function passing(scene: Scene): readonly Row[] {
  const copies: Row[] = [];
  const isFlagged = scene.intake();
  scene.own.forEach(isFlagged);
  for (let copy = 0; copy < COPIES; copy++) {
    for (const own of scene.own) {
      for (let noise = FIRST_NOISE, row = own; noise <= LAST_NOISE; noise += FIRST_NOISE) {
        [row] = altered(scene, [own], noisy(noise)) as [Row];
        if (isFlagged(row)) continue;
        copies.push(row);
        break;
      }
    }
  }
  return copies;
}

const noisy =
  (of: number): Alteration<GreyImage> =>
  (image, random) => ({
    ...image,
    pixels: Uint8Array.from(image.pixels, (value) =>
      Math.max(0, Math.min(255, Math.round(value + of * Math.sqrt(12) * (random() - 0.5)))),
    ),
  });

/** Images of random pixels with random labels. */
function noiseRows({ own, random, encode }: Scene): readonly Row[] {
  return encode(
    Array.from({ length: COPIES * own.length }, (_, i) => {
      const { width, height, pixels } = imageOf(own[i % own.length]!);
      const noise = Uint8Array.from(pixels, () => random.below(256));
      return {
        features: new Float64Array(0),
        label: random.below(MNIST_CLASSES),
        content: { kind: "image", image: { width, height, pixels: noise } },
      };
    }),
  );
}

/** Means of several own images of one class, drawn anew for each. */
function mixtures({ own, random, encode }: Scene, of: number, count: number): readonly Row[] {
  const rows: Row[] = [];
  while (rows.length < count) {
    const { label } = own[random.below(own.length)]!;
    const alike = own.filter((row) => row.label === label);
    if (alike.length < of) continue;
    const images = Array.from(random.sample(alike.length, of), (i) => imageOf(alike[i]!));
    const { width, height } = images[0]!;
    const pixels = Uint8Array.from({ length: width * height }, (_, at) =>
      Math.round(images.reduce((sum, image) => sum + image.pixels[at]!, 0) / of),
    );
    rows.push({
      features: new Float64Array(0),
      label,
      content: { kind: "image", image: { width, height, pixels } },
    });
  }
  return encode(rows);
}

function imageOf({ content }: Row): GreyImage {
  if (content.kind !== "image") throw new Error("a row of this attack has to be an image");
  return content.image;
}
