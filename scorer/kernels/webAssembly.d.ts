/** What the kernels use of WebAssembly (W3C, WebAssembly JavaScript Interface), whose types come with browsers' only. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
    private readonly compiled: never;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    /** @returns the number of pages before */
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
