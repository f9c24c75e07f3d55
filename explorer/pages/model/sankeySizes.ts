import { cutText } from "../../words/text.ts";
import type { MoneyFlow } from "./moneyFlow.ts";

/** A label is so high: nodes of a column are at least that far apart. */
export const LINE = 24;
/** Of a node, in CSS pixels as all. */
export const NODE_WIDTH = 14;
/** For the headings of the columns. */
export const TOP = 36;
/** Bands of a column are together so high. */
export const BANDS = 230;
/** For the labels of the first and the last column. */
export const LABELS = { left: 176, right: 240 };
/** Between two columns, at least: names of inner columns are about as wide. */
const COLUMN = 100;

/** The width from which on a flow can be drawn so that its labels don't meet. */
export function leastWidth({ columns }: MoneyFlow): number {
  return LABELS.left + LABELS.right + NODE_WIDTH + COLUMN * (columns.length - 1);
}

/** Of a character of a label, on average, in the widest of the page's typefaces. */
const CHARACTER = 8;
/** From where on labels among bands have room for most names with an amount; below it none has one. */
const WITH_AMOUNT = 190;
/** From a label to its node or to the next label. */
const GAP = 10;

/**
 * Cuts a node's label to the room that it has.
 *
 * @param room - in CSS pixels
 * @param isInside - among bands, where a name says more than an amount, which the node's height shows as well
 */
export function fitLabel(
  name: string,
  amount: string,
  room: number,
  isInside: boolean,
): { readonly name: string; readonly amount: string | undefined } {
  const most = Math.floor((room - GAP) / CHARACTER);
  const left = most - amount.length - 1;
  return isInside && (room < WITH_AMOUNT || name.length > left)
    ? { name: cutText(name, most), amount: undefined }
    : { name: cutText(name, left), amount };
}
