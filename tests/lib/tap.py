"""The little that a test script in Python needs to speak TAP.

    from tap import check, done
    check('a name that reads as a rule', got == expected, got)
    done()

A script outside this folder begins with: sys.path.insert(0, os.environ['MOTCUA_ROOT'] + '/tests/lib').
"""
import sys

count = failed = 0


def check(name, condition, *details):
    """One result. The details are shown only where the condition does not hold."""
    global count, failed
    count += 1
    print(f'{"ok" if condition else "not ok"} {count} - {name}')
    if not condition:
        failed += 1
        for detail in details:
            for line in str(detail).split('\n'):
                print(f'# {line}')
    sys.stdout.flush()
    return bool(condition)


def skip(name, reason):
    global count
    count += 1
    print(f'ok {count} - {name} # SKIP {reason}', flush=True)


def done():
    """Prints the plan and ends the script; a script that dies before has no plan and therefore fails."""
    print(f'1..{count}', flush=True)
    sys.exit(1 if failed else 0)
