import { measureIntake } from "./bench/gaming/intake.ts";
const quick=process.argv[2]==="quick";
await measureIntake(quick?[1]:[1,2,3],quick,(l)=>console.log(l)); process.exit(0)
