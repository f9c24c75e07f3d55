import { Link } from "wouter";
import { useConfig } from "../config/ConfigContext.ts";

/** What all figures rest on. */
export function Footer() {
  const { book, chainName } = useConfig();
  return (
    <footer className="footer">
      <div className="footer-columns">
        <section aria-label="What the chain proves">
          <h2>What the chain proves</h2>
          <p>
            Who contributed which rows and when, what every model is made from, what was paid, and how each payment was
            divided. Any weight of a statement can be recomputed from committed vectors; a wrong one costs its scorer
            the bond.
          </p>
        </section>
        <section aria-label="What it doesn’t prove">
          <h2>What it doesn’t</h2>
          <p>
            That an influence index was computed honestly from the data, that an operator reported its traffic
            truthfully, and that rows are what a curator took them for. Where data and model are public, anybody can
            recompute the first.
          </p>
        </section>
        <section aria-label="This page">
          <h2>This page</h2>
          <p>
            Reads an index of {chainName} (chain {book.chainId}), which anybody can rebuild from the chain’s logs. It
            keeps nothing but your choice of colours and wallet, in this browser. <Link to="/contracts">Contracts</Link>
          </p>
        </section>
      </div>
    </footer>
  );
}
