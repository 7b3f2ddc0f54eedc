import { makeAssets } from "./assets.ts";
import { DEFAULT_PORT, localAddress, PROJECT } from "./config.ts";
import { addVariables, developmentToken } from "./token.ts";

makeAssets();

// npm runs this after `npm ci`. It makes a plain `npx wrangler dev` a service on this machine: `wrangler.toml` has the
// variables of a deployment, and `.dev.vars` overrides them in development only.
const token = developmentToken(PROJECT);
addVariables(PROJECT, {
  PUBLIC_URL: localAddress(Number(DEFAULT_PORT)),
  ALLOW_LOOPBACK_RECEIVERS: "true",
  FEED_LIMIT: "off",
});

const yours = /node\/v(\S+)/.exec(process.env.npm_config_user_agent ?? "")?.[1];
const own = process.versions.node;
const node = yours && yours !== own ? `, and your ${yours} only starts it` : "";

console.log(`
Communiqué is installed. Its programs run on Node ${own}, which is in node_modules${node}.
The token of the operator for development is ${token} (.dev.vars).
Next: npm start
`);
