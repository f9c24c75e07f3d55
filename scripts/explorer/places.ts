import type { Stage } from "./stage.ts";

/** What is on a page as long as something of it is being fetched, as a CSS selector without double quotes. */
export const UNSETTLED = ".loading, .amount.waiting, main [aria-busy=true]";

/** A page of the explorer. */
export interface Place {
  readonly name: string;
  readonly path: string;
  /** What its first heading says. */
  readonly heading: RegExp;
}

/** Every page, on something of the story that shows all of it. */
export function placesOf({ world, story }: Pick<Stage, "world" | "story">): readonly Place[] {
  const { people, mails, reviews, models } = world;
  const { proposed } = story.challenged;
  return [
    { name: "home", path: "/", heading: /./ },
    { name: "datasets", path: "/datasets", heading: /datasets/i },
    { name: "models", path: "/models", heading: /models/i },
    { name: "payments", path: "/payments", heading: /payments/i },
    { name: "statements", path: "/statements", heading: /statements/i },
    { name: "challenges", path: "/challenges", heading: /challenges/i },
    { name: "dataset", path: `/dataset/${mails.dataset}`, heading: /./ },
    { name: "dataset-review", path: `/dataset/${reviews.dataset}`, heading: /./ },
    { name: "model", path: `/model/${models.filter}`, heading: /./ },
    { name: "agent", path: `/model/${models.agent}`, heading: /./ },
    { name: "account", path: `/account/${people.generalist.address}`, heading: /./ },
    { name: "statement", path: `/statement/${story.final.proposed.hash}`, heading: /^Interval 0/ },
    { name: "statement-challenged", path: `/statement/${proposed.hash}`, heading: /^Interval 2/ },
    { name: "challenge", path: `/challenge/${proposed.hash}/4/0`, heading: /root of interval 2/ },
    { name: "answer", path: `/answer/${story.answer.model}/${story.answer.feesAfter}`, heading: /answer/i },
    { name: "contracts", path: "/contracts", heading: /contracts/i },
    { name: "register", path: `/register/dataset/${reviews.dataset}`, heading: /register/i },
    { name: "transaction", path: `/transaction/${story.transaction}`, heading: /./ },
    { name: "search", path: "/search/2", heading: /2/ },
  ];
}
