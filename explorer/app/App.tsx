import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Route, Router, Switch, useLocation } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import { IndexClient } from "../../client/indexApi/index.ts";
import { Page } from "../components/Layout.tsx";
import { Failure, Loading } from "../components/States.tsx";
import { type Config, loadConfig } from "../config/config.ts";
import { ConfigContext } from "../config/ConfigContext.ts";
import { IndexContext } from "../data/IndexContext.ts";
import { newQueryClient } from "../data/queries.ts";
import { TipContext, useFollowedTip } from "../data/tip.ts";
import { ActionHost } from "../wallet/ActionHost.tsx";
import { WalletProvider } from "../wallet/WalletProvider.tsx";
import { Boundary } from "./Boundary.tsx";
import { Footer } from "./Footer.tsx";
import { Header } from "./Header.tsx";
import { PAGES } from "./pages.ts";

/** The explorer of the deployment that `config.json` names. */
export function App() {
  const [state, setState] = useState<{ config?: Config; error?: unknown }>({});
  useEffect(() => {
    loadConfig(document.baseURI).then(
      (config) => setState({ config }),
      (error: unknown) => setState({ error }),
    );
  }, []);
  const { config, error } = state;
  if (error !== undefined) {
    return (
      <main className="main">
        <h1>Tributary</h1>
        <Failure error={error} retry={() => location.reload()} />
      </main>
    );
  }
  if (config === undefined) return <Loading what="the configuration" />;
  return <Explorer config={config} />;
}

function Explorer({ config }: { readonly config: Config }) {
  const queries = useMemo(() => newQueryClient(), []);
  const api = useMemo(() => new IndexClient(config.api), [config.api]);
  return (
    <ConfigContext value={config}>
      <QueryClientProvider client={queries}>
        <IndexContext value={api}>
          <TipProvider>
            <WalletProvider>
              <Router hook={useHashLocation}>
                <a className="skip" href="#main" onClick={focusMain}>
                  To the content
                </a>
                <ActionHost>
                  <Header />
                  <Main />
                  <Footer />
                </ActionHost>
              </Router>
            </WalletProvider>
          </TipProvider>
        </IndexContext>
      </QueryClientProvider>
    </ConfigContext>
  );
}

function TipProvider({ children }: { readonly children: ReactNode }) {
  return <TipContext value={useFollowedTip()}>{children}</TipContext>;
}

function Main() {
  const [place] = useLocation();
  const shown = useRef(place);
  useEffect(() => {
    if (shown.current === place) return;
    shown.current = place;
    // As if a page had been loaded: from the top, and a screen reader begins with its content.
    window.scrollTo(0, 0);
    document.querySelector("main")?.focus({ preventScroll: true });
  }, [place]);
  return (
    <main id="main" className="main" tabIndex={-1}>
      <Boundary place={place}>
        <Suspense fallback={<Loading what="the page" lines={8} />}>
          <Switch>
            {PAGES.map(({ path, page: Page }) => (
              <Route key={path} path={path}>
                {(params) => <Page params={params} />}
              </Route>
            ))}
            <Route>
              <Page
                title="There is no such page"
                lead="The address may be of another version of this explorer. Look for what you want with the search above."
              />
            </Route>
          </Switch>
        </Suspense>
      </Boundary>
    </main>
  );
}

/** The address's part behind # is the router's. */
function focusMain(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.querySelector("main")?.focus();
}
