// Preloaded into `hookpoint`: sends it the signal KILL_SIGNAL before its change number KILL_AT of the file system.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void change(void) {
  static int changes;
  const char *at = getenv("KILL_AT"), *sent = getenv("KILL_SIGNAL");
  // Not the bundler, which inherits the environment.
  if (!at || !sent || strcmp(program_invocation_short_name, "hookpoint") != 0) return;
  if (__sync_add_and_fetch(&changes, 1) == atoi(at)) kill(getpid(), atoi(sent));
}

#define BEFORE(type, name, parameters, arguments)          \
  type name parameters {                                   \
    type(*real) parameters = dlsym(RTLD_NEXT, #name);      \
    change();                                              \
    return real arguments;                                 \
  }

BEFORE(int, mkdir, (const char *path, mode_t mode), (path, mode))
BEFORE(int, fsync, (int file), (file))
BEFORE(int, rename, (const char *from, const char *to), (from, to))
BEFORE(int, link, (const char *from, const char *to), (from, to))
BEFORE(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
BEFORE(int, unlink, (const char *path), (path))
BEFORE(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
BEFORE(int, rmdir, (const char *path), (path))
