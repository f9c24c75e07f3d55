import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Folders by what they may import: the core of the scorer knows nothing of chain, disk or terminal. */
const boundary = (files, forbidden, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ group: forbidden, message }] }] },
});

export default tseslint.config(
  {
    ignores: [
      "artifacts",
      "cache",
      "coverage",
      "demo-output",
      "**/dist",
      "typechain-types",
      "scorer/kernels/assembly",
      "stack",
      "scorer/kernels/generated.ts",
      "**/*.mjs",
      "**/*.js",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Typed arrays in hot loops: an index is in range by construction, and noUncheckedIndexedAccess can't see it.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Name what you export." },
        { selector: "TSEnumDeclaration", message: "Use a union of literals." },
      ],
    },
  },
  {
    // chai's assertions are expressions; a contract's methods are bound to it.
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-unused-expressions": "off", "@typescript-eslint/unbound-method": "off" },
  },
  { files: ["hardhat.config.ts"], rules: { "no-restricted-syntax": "off" } },
  boundary(
    ["scorer/**/*.ts"],
    [
      "node:*",
      "ethers",
      "hardhat",
      "**/client/**",
      "**/services/**",
      "**/cli/**",
      "**/scripts/**",
      "**/typechain-types/**",
    ],
    "The scorer is pure: no chain, no disk, no clock.",
  ),
  boundary(
    ["client/**/*.ts"],
    ["hardhat", "**/services/**", "**/cli/**", "**/scripts/**", "**/explorer/**", "**/bench/**", "**/test/**"],
    "The client is shared by all edges and knows none of them.",
  ),
  boundary(
    ["metadata/**/*.ts"],
    ["ethers", "hardhat", "**/client/**", "**/services/**", "**/cli/**", "**/scripts/**", "**/typechain-types/**"],
    "Descriptions of datasets and models know the scorer's formats, and no chain.",
  ),
  { ...reactHooks.configs.flat.recommended, files: ["explorer/**/*.{ts,tsx}"] },
  boundary(
    ["explorer/**/*.{ts,tsx}"],
    ["node:*", "hardhat", "**/services/**", "**/cli/**", "**/scripts/**", "**/bench/**", "**/test/**"],
    "The explorer runs in a browser: it knows the client and the pure core of the scorer.",
  ),
  // Vite's configuration runs in Node, and Vite wants it as the default.
  { files: ["explorer/vite.config.ts"], rules: { "no-restricted-imports": "off", "no-restricted-syntax": "off" } },
  boundary(
    ["services/**/*.ts"],
    ["hardhat", "**/cli/**", "**/scripts/**", "**/explorer/**", "**/bench/**", "**/test/**"],
    "Services stand on client and scorer only.",
  ),
);
