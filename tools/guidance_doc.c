/* SPDX-License-Identifier: Apache-2.0 */
/* tools/guidance_doc: writes docs/guidance.md from the table of recommendations. */
#include <string.h>

#include "cli/guidance.h"

static const char head[] = "# Guidance\n"
                           "\n"
                           "The recommendations for securing AI workloads, with the ids of the requirements, in their order: what "
                           "each means, how it is done here, and the\n"
                           "Azure command or property that it is known from. For a running installation,\n"
                           "\n"
                           "    gatehouse guidance --data /var/lib/gatehouse\n"
                           "    gatehouse guidance --data /var/lib/gatehouse -o html >guidance.html\n"
                           "\n"
                           "say of each whether it is in force, partly, not, or cannot be told, with the evidence: objects, "
                           "entries of the record, versions. What \"you may\n"
                           "not see\" is told as such: ask as somebody who may. This file is written by `tools/guidance-doc`.\n";

int
main(void)
{
    fputs(head, stdout);
    for (size_t i = 0; i < gh_guidance_count; i++) {
        const struct gh_guidance_row *r = &gh_guidance_table[i];
        bool is_command = r->prove != NULL && strncmp(r->here, "gatehouse ", 10) == 0;

        printf("\n## %s %s\n%s\n\n", r->id, r->title, r->means);
        printf(is_command ? "- Here: `%s`\n" : "- Here: %s\n", r->here);
        printf("- Azure: %s\n", r->azure);
        printf("- Proof: %s\n", r->prove == NULL ? "not in force in this version" : "by `gatehouse guidance`");
    }
    return 0;
}
