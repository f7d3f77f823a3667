// node:https: the client of `http`, for the other scheme.

import { Agent as HttpAgent, ClientRequest } from "node:http";
import { absent, absentClass } from "hookpoint:absent";

export class Agent extends HttpAgent {
  constructor(options) {
    super(options);
    this.defaultPort = 443;
    this.protocol = "https:";
  }
}
export const globalAgent = new Agent();

export function request(...values) { return new ClientRequest("https:", globalAgent, values); }
export function get(...values) {
  const made = request(...values);
  made.end();
  return made;
}
export const createServer = absent("https.createServer");
export const Server = absentClass("https.Server");
export default { Agent, Server, createServer, get, globalAgent, request };
