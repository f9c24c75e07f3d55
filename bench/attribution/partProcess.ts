import { type Answer, PARTS, type Request } from "./part.ts";

/** Measures one part for the process that forked this one. */
process.once("message", (request: Request) => {
  const send = (answer: Answer): void => void process.send?.(answer);
  void (async () => {
    const figures = await PARTS[request.part](request.seeds, request.quick, (note) => send({ note }));
    process.send?.({ figures }, () => process.disconnect());
  })();
});
