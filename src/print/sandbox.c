/* What the child of the press may not do. Limits by setrlimit; then a filter of system calls: what drawing needs is let through, and the rest answers "not
 * permitted" (a library that tries something gets an error, not a crash). Files can be opened for reading only, and there is no call left that makes a socket, a
 * process or a program. Without a filter (another machine than x86-64 or ARM64, a sanitizer) the limits and the separate process remain. */
#include "print/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH 0
#endif

static void limit(int what, rlim_t most) { setrlimit((__rlimit_resource_t)what, &(struct rlimit){most, most}); }

void sandbox_limit(size_t memory_mb)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 64);
    if (!SANITIZED) /* their shadow is terabytes of addresses */
        limit(RLIMIT_AS, (rlim_t)memory_mb << 20);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define MAY(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1), ALLOW

bool sandbox_close(void)
{
    signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_FSIZE, 0);
    if (SANITIZED || !ARCH)
        return false;
    struct sock_filter code[] = {
        LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        MAY(read), MAY(write), MAY(recvfrom), MAY(sendto), MAY(ppoll), MAY(pread64), MAY(lseek), MAY(close), MAY(fstat), MAY(newfstatat), MAY(fcntl),
#ifdef __NR_poll
        MAY(poll), MAY(stat), MAY(access), MAY(readlink),
#endif
        MAY(faccessat), MAY(readlinkat), MAY(mmap), MAY(munmap), MAY(mremap), MAY(mprotect), MAY(madvise), MAY(brk), MAY(futex), MAY(clock_gettime), MAY(gettimeofday),
        MAY(getpid), MAY(gettid), MAY(getrandom), MAY(sched_yield), MAY(sched_getaffinity), MAY(rt_sigreturn), MAY(rt_sigprocmask), MAY(rt_sigaction), MAY(restart_syscall), MAY(set_robust_list), MAY(rseq),
        MAY(sigaltstack), MAY(exit), MAY(exit_group),
        /* openat: only when nothing in its flags would write or make. */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 0, 4),
        LOAD(args[2]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 1, 0), ALLOW, REFUSE,
        /* Threads, for pango asks fontconfig from one, but no processes; clone3 hides its flags, so glibc is sent to clone. */
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone3, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 3),
        LOAD(args[0]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1), ALLOW,
        REFUSE,
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0; /* every thread that is there already, too */
}
