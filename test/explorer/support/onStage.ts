import { IndexClient } from "../../../client/indexApi/index.ts";
import { type TestStage, useStage } from "./stage.ts";
import { type Visit, visit, type VisitOptions } from "./visit.ts";

/** What the tests of a `describe` play on; each visit is closed after its test. */
export interface OnStage {
  readonly stage: TestStage;
  readonly api: IndexClient;
  /** Opens a page with nothing on it. */
  readonly open: (options?: VisitOptions) => Promise<Visit>;
  /** Opens a path with a connected wallet. */
  readonly begin: (path: string, options?: VisitOptions) => Promise<Visit>;
}

/** The stage for the tests of the `describe` that calls it, which are skipped where there is no browser. */
export function onStage(): OnStage {
  let stage: TestStage | undefined;
  let shown: Visit | undefined;
  const started = (): TestStage => {
    if (stage === undefined) throw new Error("the stage is there once the tests run");
    return stage;
  };

  before(async function () {
    stage = await useStage(this);
  });
  afterEach(async () => {
    await shown?.close();
    shown = undefined;
  });

  const open = async (options: VisitOptions = {}): Promise<Visit> => {
    shown = await visit(started(), options);
    return shown;
  };
  return {
    get stage() {
      return started();
    },
    get api() {
      return new IndexClient(started().api);
    },
    open,
    begin: async (path, options) => {
      const opened = await open(options);
      await opened.go(path);
      await opened.connect();
      return opened;
    },
  };
}
