import { useRef } from "react";
import { Link } from "wouter";
import { Icon } from "../components/Icon.tsx";
import { shortHash } from "../words/hashes.ts";
import { useWallet } from "./WalletContext.ts";

/** Connects a wallet, or says which one is connected. */
export function WalletButton() {
  const { found, wallet, account, isAsking, error, connect, disconnect } = useWallet();
  const menu = useRef<HTMLDivElement>(null);
  const close = (): void => menu.current?.hidePopover();
  return (
    <div className="wallet">
      <button type="button" popoverTarget="wallet-menu" className={account === undefined ? "primary" : undefined}>
        {wallet === undefined ? <Icon name="wallet" /> : <img src={wallet.info.icon} alt="" width={16} height={16} />}
        {account !== undefined ? (
          shortHash(account)
        ) : isAsking ? (
          "Waiting for the wallet…"
        ) : (
          <span>
            Connect<span className="wide"> wallet</span>
          </span>
        )}
      </button>
      <div ref={menu} id="wallet-menu" popover="auto" className="menu">
        {account !== undefined ? (
          <ul className="plain">
            <li>
              <Link to={`/account/${account}`} onClick={close}>
                My account
              </Link>
            </li>
            <li>
              <button
                type="button"
                onClick={() => {
                  disconnect();
                  close();
                }}
              >
                Disconnect from {wallet?.info.name}
              </button>
            </li>
          </ul>
        ) : found.length === 0 ? (
          <p>
            No wallet has announced itself. Install one for this browser and reload the page. Everything can be read
            without one.
          </p>
        ) : (
          <ul className="plain" aria-label="Wallets">
            {found.map((choice) => (
              <li key={choice.info.uuid}>
                <button
                  type="button"
                  onClick={() => {
                    connect(choice);
                    close();
                  }}
                >
                  <img src={choice.info.icon} alt="" width={20} height={20} />
                  {choice.info.name}
                </button>
              </li>
            ))}
          </ul>
        )}
        {error !== undefined && (
          <p className="bad-text" role="alert">
            {error}
          </p>
        )}
      </div>
    </div>
  );
}
