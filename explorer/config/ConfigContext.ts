import { createContext, use } from "react";
import type { Config } from "./config.ts";

export const ConfigContext = createContext<Config | undefined>(undefined);

/** Which deployment is shown. */
export function useConfig(): Config {
  const config = use(ConfigContext);
  if (config === undefined) throw new Error("there is no configuration above this component");
  return config;
}
