import { markdownTable } from "../marks.ts";
import type { ChainFigures } from "./chain.ts";

/** The tables of what was played on a chain, in Markdown, by the name of their mark. Amounts in dollars. */
export function chainTables(figures: ChainFigures): Record<string, string> {
  const { attacks, queryAfter, crookedQuery, shortCuts, washing, terms } = figures;
  const pay = (name: string, { byInfluence, proRata, others }: typeof crookedQuery.honest): string[] => [
    name,
    money(byInfluence),
    money(proRata),
    money(others),
  ];
  return {
    chainRows: markdownTable(
      ["rows", "attacker", "honest", "gain", "by influence alone", "what the rival keeps", "rows refused"],
      Object.entries(attacks).map(([name, attack]) => [
        name,
        money(attack.attacker),
        money(attack.honest),
        attack.gain.toFixed(3),
        attack.influenceGain.toFixed(3),
        attack.rival.toFixed(2),
        String(attack.refusedRows),
      ]),
    ),
    chainOrder: markdownTable(
      ["questions that are already paid", "the chain says"],
      [
        ["an index made for them: a statement of their interval", queryAfter.lateIndex],
        ["the same index, a statement of the next interval", queryAfter.nextInterval],
        ["rows that came after the freeze: a claim", queryAfter.lateRows],
        ["the attacker would have got by influence", money(queryAfter.wouldHaveGot)],
        ["it got by influence", money(queryAfter.byInfluence)],
        ["it got by row count, as everybody", money(queryAfter.proRata)],
      ],
    ),
    chainCrooked: markdownTable(
      ["the operator's own contribution gets", "by influence", "pro-rata", "all others"],
      [
        pay("of an honest report", crookedQuery.honest),
        pay("of a crooked q", crookedQuery.crooked),
        pay("when the dataset's owner rejects the statement", crookedQuery.statementRejected),
        pay("when it rejects the interval", crookedQuery.intervalRejected),
      ],
    ),
    chainScorers: markdownTable(
      ["a scorer states", "hoped for", "lost", "to who caught it", "contributors got", "due to them"],
      (
        [
          ["equal weights", shortCuts.equalWeights],
          ["the weights of the interval before", shortCuts.staleWeights],
          ["another's root, without the data", shortCuts.copiedRoot],
        ] as const
      ).map(([name, { fee, lost, reward, paid, due }]) => [name, ...[fee, lost, reward, paid, due].map(money)]),
    ),
    chainWashing: markdownTable(
      ["part of the calls", "paid", "back", "without washing", "gain", "by the formula", "break-even", "reached"],
      washing.map(({ callShare, paid, back, honest, gain, predictedGain, breakEven, reached }) => [
        `${(100 * callShare).toFixed(0)} %`,
        ...[paid, back, honest, gain, predictedGain].map(money),
        breakEven.toFixed(2),
        reached.toFixed(2),
      ]),
    ),
    chainTerms: markdownTable(
      ["terms", "outcome"],
      [
        [
          `declares ${terms.rowCap.declared.toLocaleString("en")} rows and has ${terms.rowCap.rows}, with a cap`,
          `${money(terms.rowCap.capped)}, as honest (${money(terms.rowCap.honest)})`,
        ],
        ["the same without a cap", money(terms.rowCap.uncapped)],
        [`a deposit of ${money(terms.deposit.perRow)} a row, not put down`, terms.deposit.without],
        ["put down", terms.deposit.withDeposit],
        ["not on the list", `${terms.allowList.plain}, ${terms.allowList.withoutProof}`],
      ],
    ),
  };
}

function money(dollars: number): string {
  return dollars.toFixed(2);
}
