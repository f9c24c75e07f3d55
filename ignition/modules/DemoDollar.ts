import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** The currency of local and test chains: worthless, and minted by anyone. */
export const demoDollarModule = buildModule("DemoDollar", (m) => ({ currency: m.contract("DemoDollar") }));
