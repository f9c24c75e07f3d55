import type { ReactNode } from "react";
import { Amount } from "./Amount.tsx";
import { Figure, Figures } from "./Layout.tsx";

/** A large amount with its name and what it is of. */
export interface AmountFigure {
  readonly name: string;
  /** In the currency's smallest unit. */
  readonly amount: bigint;
  readonly note: ReactNode;
}

/** Amounts beside each other. */
export function AmountFigures({ of }: { readonly of: readonly AmountFigure[] }) {
  return (
    <Figures>
      {of.map(({ name, amount, note }) => (
        <Figure key={name} name={name} note={note}>
          <Amount value={amount} />
        </Figure>
      ))}
    </Figures>
  );
}
