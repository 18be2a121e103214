/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/curl_late.h"

#include <dlfcn.h>
#include <string.h>

struct gh_curl gh_curl;

/* A function's address as dlsym gives it (POSIX: the same representation). */
static bool
find(void *slot, size_t size, void *library, const char *name)
{
    void *p = dlsym(library, name);

    memcpy(slot, &p, size);
    return p != NULL;
}

bool
gh_curl_load(void)
{
    static void *library; /* stays: its threads and handlers may outlive a handle */
    bool is_whole = true;

    if (library != NULL)
        return true;
    if ((library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL)) == NULL)
        return false;
#define GH_CURL_FIND(name) is_whole = find(&gh_curl.name, sizeof(gh_curl.name), library, "curl_" #name) && is_whole;
    GH_CURL_LIST(GH_CURL_FIND)
#undef GH_CURL_FIND
    if (!is_whole)
        library = NULL;
    return is_whole;
}
