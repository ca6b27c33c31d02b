/* Faults that strace cannot inject, by LD_PRELOAD. TUNLAB_FAULT says which:
 *
 *     malloc:N     the Nth allocation fails, and only that
 *     malloc+:N    the Nth and all later ones fail
 *     receive:N    the Nth recvmsg() of a message fails with ENOBUFS, and the message is still there
 *     lose:N       the Nth message is taken and lost: recvmsg() fails with ENOBUFS
 *
 * Counting begins with main(): before it, no program of C++ can handle a lack of memory. With N = 0 nothing fails. At the end the number of such calls is written to TUNLAB_FAULT_COUNT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static enum { NONE, MALLOC, RECEIVE, LOSE } kind;
static int later, in_main;
static long which, allocations, messages;

__attribute__((constructor)) static void begin(void) {
    const char *fault = getenv("TUNLAB_FAULT");
    const char *number = fault ? strchr(fault, ':') : NULL;
    if (!number) return;
    which = atol(number + 1);
    later = number[-1] == '+';
    kind = strncmp(fault, "malloc", 6) == 0 ? MALLOC : strncmp(fault, "receive", 7) == 0 ? RECEIVE : LOSE;
}

static int (*real_main)(int, char **, char **);

static int counted_main(int argc, char **argv, char **environment) {
    in_main = 1;
    const int status = real_main(argc, argv, environment);
    in_main = 0;
    return status;
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, int (*init)(int, char **, char **),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end) {
    int (*real)(int (*)(int, char **, char **), int, char **, int (*)(int, char **, char **), void (*)(void),
                void (*)(void), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = main;
    return real(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("TUNLAB_FAULT_COUNT");
    if (!path || kind == NONE) return;
    char text[32];
    const int size = snprintf(text, sizeof text, "%ld\n", kind == MALLOC ? allocations : messages);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) return;
    if (write(fd, text, (size_t)size) != size) unlink(path);
    close(fd);
}

static int fails(void) {
    if (kind != MALLOC || !in_main) return 0;
    const long number = ++allocations;
    if (which == 0 || (later ? number < which : number != which)) return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return fails() ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return fails() ? NULL : __libc_realloc(old, size); }

/* libnl looks with MSG_PEEK how long a message is before it takes it: that is one message, not two. */
ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    static ssize_t (*real)(int, struct msghdr *, int);
    static int peeked;
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "recvmsg");
    if (kind == RECEIVE || kind == LOSE) {
        if (!peeked && ++messages == which) {
            if (kind == LOSE) real(fd, message, flags & ~MSG_PEEK);
            errno = ENOBUFS;
            return -1;
        }
        peeked = (flags & MSG_PEEK) != 0;
    }
    return real(fd, message, flags);
}
