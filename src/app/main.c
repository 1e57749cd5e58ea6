/* The program: parses the verb and hands over. */
#include <stdio.h>
int main(void)
{
    puts("motcua");
    return 0;
}
