import type { ChildProcess } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { start, stop, temporaryFolder } from "./temporary.ts";

/** A value in a Worker's `env`; `kv` and `object` name the service and the class behind it. */
export type Binding = { name: string } & (
  | { text: string }
  | { json: unknown }
  | { kv: string }
  | { object: string }
);

/** A Worker for {@link serve}. */
export interface Worker {
  name: string;
  /** Path of its ES module. */
  module: string;
  /** The files beside it that it loads when it first needs them. */
  parts?: readonly string[];
  compatibilityDate: string;
  compatibilityFlags?: readonly string[];
  bindings?: readonly Binding[];
  /** Classes of its Durable Objects, all with SQLite, kept on disk. */
  objects?: readonly string[];
}

/** A running workerd. */
export interface Server extends AsyncDisposable {
  /** Where a Worker answers, without a slash at the end. */
  origin(worker: string): string;
  /** The SQLite files of a Worker's objects of one class. */
  objects(worker: string, className: string): string[];
  pid: number;
}

/**
 * Runs Workers in one raw workerd, each at an address of its own. They can reach only this machine.
 * @param under a program that runs workerd, and its arguments; none by default
 */
export async function serve(workers: readonly Worker[], under: readonly string[] = []): Promise<Server> {
  const folder = temporaryFolder();
  for (const worker of workers) {
    copyFileSync(worker.module, join(folder, `${worker.name}.js`));
    for (const part of worker.parts ?? [])
      copyFileSync(join(dirname(worker.module), part), join(folder, part));
    mkdirSync(join(folder, worker.name));
  }
  const file = join(folder, "config.capnp");
  writeFileSync(file, configuration(workers, folder));
  const binary: string = createRequire(import.meta.url)("workerd").default;
  // Descriptor 3: workerd says there, line by line, at which port each socket listens.
  const [program, ...args] = [...under, binary, "serve", "--experimental", "--control-fd=3", file];
  const child = start(program ?? binary, args, {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const ports = await listening(child, workers.length);
  return {
    pid: child.pid ?? 0,
    origin: (worker) => `http://127.0.0.1:${ports.get(worker)}`,
    objects: (worker, className) => objectsIn(join(folder, worker, className)),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

/** An object's file is named by its id; beside them workerd keeps their alarms. */
const objectsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file))
    .map((file) => join(folder, file));

async function listening(child: ChildProcess, sockets: number): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for await (const line of createInterface(child.stdio[3] as Readable)) {
    const { event, socket, port } = JSON.parse(line);
    if (event === "listen") ports.set(socket, port);
    if (ports.size === sockets) return ports;
  }
  throw new Error("workerd ended before it listened");
}

/** The configuration in Cap'n Proto's text form, by `workerd.capnp` of the workerd package. */
function configuration(workers: readonly Worker[], folder: string): string {
  const services = workers.flatMap((worker) => [
    service(worker),
    `(name = ${quoted(`${worker.name}-disk`)}, disk = (path = ${quoted(join(folder, worker.name))}, writable = true))`,
  ]);
  const internet = `(name = "internet", network = (allow = ["local"]))`;
  const sockets = workers.map(
    ({ name }) => `(name = ${quoted(name)}, address = "127.0.0.1:0", http = (), service = ${quoted(name)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = ${list([internet, ...services])}, sockets = ${list(sockets)});`;
}

function service(worker: Worker): string {
  const {
    name,
    parts = [],
    compatibilityDate,
    compatibilityFlags = [],
    bindings = [],
    objects = [],
  } = worker;
  // Parts import the main module by its own name.
  const modules = [["index.mjs", `${name}.js`], ...parts.map((part) => [part, part])];
  return `(name = ${quoted(name)}, worker = (
  modules = ${list(modules.map(([as = "", file = ""]) => `(name = ${quoted(as)}, esModule = embed ${quoted(file)})`))},
  compatibilityDate = ${quoted(compatibilityDate)}, compatibilityFlags = ${list(compatibilityFlags.map(quoted))},
  bindings = ${list(bindings.map(binding))},
  durableObjectNamespaces = ${list(objects.map((type) => `(className = ${quoted(type)}, uniqueKey = ${quoted(type)}, enableSql = true)`))},
  durableObjectStorage = (localDisk = ${quoted(`${name}-disk`)})))`;
}

function binding(binding: Binding): string {
  if ("text" in binding) return `(name = ${quoted(binding.name)}, text = ${quoted(binding.text)})`;
  if ("kv" in binding) return `(name = ${quoted(binding.name)}, kvNamespace = ${quoted(binding.kv)})`;
  if ("json" in binding)
    return `(name = ${quoted(binding.name)}, json = ${quoted(JSON.stringify(binding.json))})`;
  return `(name = ${quoted(binding.name)}, durableObjectNamespace = ${quoted(binding.object)})`;
}

const quoted = (text: string): string => JSON.stringify(text);
const list = (items: readonly string[]): string => `[${items.join(",\n")}]`;
