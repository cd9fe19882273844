/* The station's addresses, a line each: METHOD PATH ROLES, where ROLES is "anybody" or those that may, with commas.
** usage: routes */
#include <stdio.h>

#include "station/station.h"

int main(void)
{
    static const char *const roles[] = {"nurse", "clerk", "verifier", "coordinator", "pharmacist", "emergency"};
    const struct station_route *route;
    for (size_t i = 0; (route = station_route_at(i)); i++) {
        const char *between = " ";
        printf("%s %s", route->post ? "POST" : "GET", route->path);
        for (int k = 0; k < 6; k++)
            if (route->roles & (1 << k)) {
                printf("%s%s", between, roles[k]);
                between = ",";
            }
        puts(route->roles ? "" : " anybody");
    }
    return 0;
}
