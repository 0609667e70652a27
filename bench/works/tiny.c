/* What execs executes: a program that is as good as nothing. */
int main(void)
{
    return 0;
}
