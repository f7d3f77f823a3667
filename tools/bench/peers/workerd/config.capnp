# One worker, which may load others. None of them reaches any network.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "host", worker = .host),
    (name = "internet", network = (allow = [])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "host")],
);

const host :Workerd.Worker = (
  modules = [(name = "host.mjs", esModule = embed "host.mjs")],
  compatibilityDate = "2026-01-01",
  compatibilityFlags = ["experimental"],
  bindings = [(name = "LOADER", workerLoader = ())],
);
