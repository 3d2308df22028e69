/* SPDX-License-Identifier: Apache-2.0
 *
 * A library to be preloaded: a wall clock that is off by as many seconds as
 * the file says that EVS_FAKE_CLOCK names. (libfaketime, made for this, fails
 * Python's time.sleep() if it is to leave the monotonic clock alone.)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long *offset;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("EVS_FAKE_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (file >= 0) {
        void *found = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, file, 0);

        if (found != MAP_FAILED)
            offset = found;
        close(file);
    }
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    int result;

    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    result = real(clock, now);
    if (!result && offset
        && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += *offset;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    static int (*real)(struct timeval *, void *);
    int result;

    if (!real)
        real = dlsym(RTLD_NEXT, "gettimeofday");
    result = real(now, zone);
    if (!result && offset)
        now->tv_sec += *offset;
    return result;
}

time_t time(time_t *now)
{
    struct timespec found;

    clock_gettime(CLOCK_REALTIME, &found);
    if (now)
        *now = found.tv_sec;
    return found.tv_sec;
}
