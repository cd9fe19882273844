void f(void)
{
    printf("x");
}
