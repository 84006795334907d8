"""Program that serves a GGUF model on a Unix socket until its standard input ends.

llama.cpp runs in a process of its own: in the app's, it would replace the handlers of SIGINT and SIGTERM, and an error
in it would end the app.
"""

from __future__ import annotations

import argparse
import os
import sys

READY = "ready"  # written once the model is loaded
BATCH_TOKENS = 64  # of a prompt processed at a time, in about two seconds: a cancelled request stops after them
LOG_ERRORS = 1  # verbosity


def main() -> None:
    """Load the model that the command line names, and serve it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="GGUF file")
    parser.add_argument("socket", help="path of the socket")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--slots", type=int, default=1, help="requests that run at a time")
    parser.add_argument("--context", type=int, default=4096, help="tokens of all of them together")
    arguments = parser.parse_args()

    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = arguments.model
    params.hostnames = [arguments.socket]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = arguments.threads
    params.n_parallel, params.n_ctx, params.kv_unified = arguments.slots, arguments.context, True
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.n_gpu_layers = 0
    params.no_extra_bufts = True  # repacked weights take .8 GB more and are no faster here
    params.cpuparams.poll = params.cpuparams_batch.poll = 0  # threads that spin while they wait starve other processes
    params.cache_ram_mib = 0  # prompts are cached in the slots only
    params.fit_params = params.warmup = params.ui = False
    params.verbosity = LOG_ERRORS
    server = xllamacpp.Server(params)  # until it is deleted
    sys.stdout.write(READY + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    del server
    os._exit(0)


if __name__ == "__main__":
    main()
