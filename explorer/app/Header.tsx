import { Link, useLocation } from "wouter";
import { Icon } from "../components/Icon.tsx";
import { useConfig } from "../config/ConfigContext.ts";
import { useTip } from "../data/tip.ts";
import { WalletButton } from "../wallet/WalletButton.tsx";
import { useWallet } from "../wallet/WalletContext.ts";
import { grouped } from "../words/amounts.ts";
import { NAVIGATION } from "./pages.ts";
import { Search } from "./Search.tsx";
import { type Theme, THEMES, useTheme } from "./theme.ts";

/** Name, pages, search, and how chain, index and wallet are. */
export function Header() {
  return (
    <header className="header">
      <div className="header-line">
        <Link to="/" className="brand">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M6 4c0 9 10 8 10 16v8M26 4c0 9-10 8-10 16" />
          </svg>
          Tributary
        </Link>
        <Search />
        <div className="header-end">
          <Network />
          <ThemeSwitch />
          <WalletButton />
        </div>
        <Navigation />
      </div>
      <WrongNetwork />
      <StaleIndex />
    </header>
  );
}

function Navigation() {
  const [location] = useLocation();
  return (
    <nav className="navigation" aria-label="Pages">
      {NAVIGATION.map(({ to, name }) => (
        <Link key={to} to={to} aria-current={location === to ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}

function Network() {
  const { chainName } = useConfig();
  const { health, error } = useTip();
  const block = health?.indexedTo?.number;
  const state = error !== null ? "bad" : health?.status === "ok" ? "good" : "busy";
  return (
    <span className="network" title={error === null ? `The index has block ${block ?? "none"}` : error.message}>
      <span className={`dot ${state}`} aria-hidden="true" />
      {chainName}
      {block !== undefined && <span className="number note"> {grouped(block)}</span>}
    </span>
  );
}

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  auto: "Colours as the system has them",
  light: "Light colours",
  dark: "Dark colours",
};

function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  return (
    <button
      type="button"
      className="plain-button"
      aria-label={`${THEME_NAMES[theme]}: change`}
      title={THEME_NAMES[theme]}
      onClick={() => setTheme(next)}
    >
      <Icon name={{ auto: "auto", light: "sun", dark: "moon" }[theme] as "auto" | "sun" | "moon"} />
    </button>
  );
}

function WrongNetwork() {
  const { chainName, book } = useConfig();
  const { account, chainId, isRightChain, isAsking, switchChain } = useWallet();
  if (account === undefined || isRightChain) return null;
  return (
    <div className="banner" role="alert">
      <p>
        Your wallet is on chain {chainId}, this deployment on {chainName} (chain {book.chainId}). You can read
        everything; to act, switch the wallet.
      </p>
      <button type="button" onClick={switchChain} disabled={isAsking}>
        {isAsking ? "Waiting for the wallet…" : `Switch to ${chainName}`}
      </button>
    </div>
  );
}

function StaleIndex() {
  const { health, error } = useTip();
  const text =
    error !== null
      ? `${error.message}. What is shown may be old.`
      : health?.status === "behind"
        ? `The index is ${grouped(health.behind ?? 0)} blocks behind the chain: what is shown is that old.`
        : health?.status === "starting"
          ? "The index has just started and has no block yet: wait a moment."
          : undefined;
  return text === undefined ? null : (
    <div className="banner" role="status">
      <p>{text}</p>
    </div>
  );
}
