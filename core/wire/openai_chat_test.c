/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_chat: what is read of bodies, how they go on, and what answers and events say. */
#include "wire/conv_testing.h"

#include "base/limits.h"

#define MSG "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"

static const struct gh_dialect *
chat(void)
{
    return gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_CHAT);
}

static void
tell(struct gh_buf *b, const struct gh_conv *c)
{
    gh_conv_tell(b, c, GH_TELL_USAGE | GH_TELL_BOUND);
}

static const struct {
    const char *name, *body, *conv; /* conv NULL: GH_BAD with `why` */
    const char *why;
} read_cases[] = {
    {"smallest", "{" MSG "}", "|uP:hi", 0},
    {"model", "{\"model\":\"m\"," MSG "}", "m|uP:hi", 0},
    {"escaped member name", "{\"mod\\u0065l\":\"m\"," MSG "}", "m|uP:hi", 0},
    {"roles",
        "{\"messages\":[{\"role\":\"system\",\"content\":\"a\"},{\"role\":\"developer\",\"content\":\"b\"},{\"role\":\"user\","
        "\"content\":\"c\"},"
        "{\"role\":\"assistant\",\"content\":\"d\"},{\"content\":\"e\",\"role\":\"tool\",\"tool_call_id\":\"x\"},"
        "{\"role\":\"function\",\"name\":\"f\",\"content\":\"g\"}]}",
        "|si:a|si:b|uP:c|aD:d|tD:e|tD:f|tD:g", 0},
    {"parts",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\\n\"},{\"text\":\"b\",\"type\":\"text\"}]}]"
        "}",
        "|uP:a\n|uP:b", 0},
    {"name of a user is text", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"name\":\"bob\"}]}", "|uP:a|uP:bob", 0},
    {"data image",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/"
        "png;base64,AA\",\"detail\":"
        "\"low\"}}]}]}",
        "|uM:data:image/png;base64,AA", 0},
    {"audio",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AA==\",\"format\":"
        "\"wav\"}}]}]}",
        "|uM:AA==", 0},
    {"file",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"filename\":\"a.pdf\",\"file_data\":\"data:x,"
        "AA\"}}]}]}",
        "|uD:a.pdf|uM:data:x,AA", 0},
    {"tool calls",
        "{\"messages\":[{\"role\":\"assistant\",\"content\":null,\"refusal\":null,\"annotations\":[],\"audio\":null,\"function_"
        "call\":null,"
        "\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}},"
        "{\"id\":\"c2\",\"type\":\"custom\",\"custom\":{\"name\":\"g\",\"input\":\"x\"}}]}]}",
        "|aA:{\"a\":1}|aA:x", 0},
    {"refusal and reasoning", "{\"messages\":[{\"role\":\"assistant\",\"refusal\":\"no\",\"reasoning_content\":\"why\"}]}",
        "|aD:no|aD:why", 0},
    {"tools",
        "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\\u0065s\",\"parameters\":{\"type\":"
        "\"object\",\"properties\":"
        "{\"city\":{\"type\":\"string\",\"description\":\"where\"}}},\"strict\":true}}]," MSG "}",
        " own=f|-S:"
        "name\nf\ndescription\ndes\nparameters\ntype\nobject\nproperties\ncity\ntype\nstring\ndescription\nwhere\nstrict\n|uP:hi",
        0},
    {"old functions", "{\"functions\":[{\"name\":\"f\"}],\"function_call\":\"auto\"," MSG "}", " own=f|-S:name\nf\n|uP:hi", 0},
    {"format", "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\"}}," MSG "}", "|-S:name\nx\n|uP:hi",
        0},
    {"prediction", "{\"prediction\":{\"type\":\"content\",\"content\":\"p\"}," MSG "}", "|aD:p|uP:hi", 0},
    {"stop and metadata", "{\"stop\":[\"a\",\"b\"],\"metadata\":{\"k\":\"v\"}," MSG "}", "|-D:a\nb\n|-D:k\nv\n|uP:hi", 0},
    {"stream", "{\"stream\":true," MSG "}", " stream|uP:hi", 0},
    {"stream with usage", "{\"stream\":true,\"stream_options\":{\"include_usage\":true}," MSG "}", " stream usage|uP:hi", 0},
    {"stream null", "{\"stream\":null,\"stream_options\":null," MSG "}", "|uP:hi", 0},
    {"counts", "{\"n\":2,\"max_tokens\":10,\"max_completion_tokens\":20,\"temperature\":0.5," MSG "}", " n=2 max=20|uP:hi", 0},
    {"user", "{\"user\":\"u1\"," MSG "}", " user=u1|uP:hi", 0},
    {"user context", "{\"user_security_context\":{\"end_user_id\":\"u2\",\"source_ip\":\"10.0.0.1\"},\"user\":\"u1\"," MSG "}",
        " user=u2 ip=10.0.0.1|uP:hi", 0},
    {"user context, application", "{\"user_security_context\":{\"application_name\":\"a1\"}," MSG "}", " app=a1|uP:hi", 0},
    {"choice of a function", "{\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}," MSG "}",
        " chosen=f|-S:type\nfunction\nfunction\nname\nf\n|uP:hi", 0},
    {"choice of a custom tool", "{\"tool_choice\":{\"type\":\"custom\",\"custom\":{\"name\":\"f\"}}," MSG "}",
        " chosen=f|-S:type\ncustom\ncustom\nname\nf\n|uP:hi", 0},
    {"allowed tools",
        "{\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"auto\",\"tools\":[{\"type\":\"function\","
        "\"function\":{\"name\":\"f\"}}]}}," MSG "}",
        " chosen=f|-S:type\nallowed_tools\nallowed_tools\nmode\nauto\ntools\ntype\nfunction\nfunction\nname\nf\n|uP:hi", 0},
    {"allowed tools, none said", "{\"tool_choice\":{\"type\":\"allowed_tools\"}," MSG "}", 0, "allowed tools are missing"},
    {"choice without a name", "{\"tool_choice\":{\"type\":\"function\"}," MSG "}", 0, "a choice of a tool without its name"},
    {"old choice", "{\"function_call\":{\"name\":\"f\"}," MSG "}", " chosen=f|-S:name\nf\n|uP:hi", 0},
    {"old choice without a name", "{\"function_call\":{}," MSG "}", 0, "a choice of a function without its name"},
    {"unknown number", "{\"top_k\":40,\"x\":null," MSG "}", "|uP:hi", 0},
    {"best_of", "{\"best_of\":9,\"n\":2," MSG "}", " n=9|uP:hi", 0},
    {"known number in capitals", "{\"N\":9," MSG "}", " refused=a member of the request that is not known here|uP:hi", 0},
    {"unknown number by escape", "{\"top_\\u006b\":9," MSG "}", " refused=a member of the request that is not known here|uP:hi", 0},
    {"NUL behind a known name", "{\"n\\u0000\":9," MSG "}", " refused=a member of the request that is not known here|uP:hi", 0},
    {"null under a known name in capitals", "{\"Max_Completion_Tokens\":null," MSG "}",
        " refused=a member of the request that is not known here|uP:hi", 0},
    {"known null by escape", "{\"\\u006e\":null," MSG "}", "|uP:hi", 0},
    {"biased tokens", "{\"logit_bias\":{\"50256\":-100}," MSG "}", "|uP:hi", 0},
    {"another name of the bound", "{\"n_predict\":9," MSG "}", " refused=a member of the request that is not known here|uP:hi", 0},
    {"path as an image",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"/etc/x.png\"}}]}]}",
        " refused=an address that the provider would fetch|uM:/etc/x.png", 0},
    {"address without its scheme",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"//10.0.0.1/x\"}}]}]}",
        " refused=an address that the provider would fetch|uM://10.0.0.1/x", 0},
    {"bare base64",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"//uQ+A==\"}}]}]}",
        "|uM://uQ+A==", 0},

    {"http image",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y.png\"}}]}]}",
        " refused=an address that the provider would fetch|uM:https://x/y.png", 0},
    {"image address in capitals",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"FTP:x\"}}]}]}",
        " refused=an address that the provider would fetch|uM:FTP:x", 0},
    {"file id", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"f1\"}}]}]}",
        " refused=a file that is stored at the provider", 0},
    {"video", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video_url\",\"video_url\":{\"url\":\"x\"}}]}]}",
        " refused=a content part of a type that is not known here", 0},
    {"image in a text part",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\",\"image_url\":{\"url\":\"http://"
        "x\"}}]}]}",
        " refused=a member of a content part that is not known here|uP:a", 0},
    {"web search tool", "{\"tools\":[{\"type\":\"web_search\"}]," MSG "}", " hosted=web_search|-S:type\nweb_search\n|uP:hi", 0},
    {"mcp tool", "{\"tools\":[{\"type\":\"mcp\",\"server_url\":\"http://x\"}]," MSG "}",
        " hosted=mcp|-S:type\nmcp\nserver_url\nhttp://x\n|uP:hi", 0},
    {"tool type by escape", "{\"tools\":[{\"type\":\"functio\\u006e\",\"function\":{\"name\":\"f\"}}]," MSG "}",
        " hosted=function|-S:type\nfunction\nfunction\nname\nf\n|uP:hi", 0},
    {"tool with more", "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"},\"web\":{}}]," MSG "}",
        " own=f refused=a member of a tool that is not known here|-S:name\nf\n|uP:hi", 0},
    {"choice of web search", "{\"tool_choice\":{\"type\":\"web_search\"}," MSG "}",
        " refused=a choice of a tool that the provider would run itself|uP:hi", 0},
    {"web_search_options", "{\"web_search_options\":{}," MSG "}", " hosted=web_search|uP:hi", 0},
    {"data_sources", "{\"data_sources\":[]," MSG "}", " hosted=data_sources|uP:hi", 0},
    {"audio out", "{\"modalities\":[\"text\",\"audio\"]," MSG "}", " refused=an answer that is not text|uP:hi", 0},
    {"audio by id", "{\"messages\":[{\"role\":\"assistant\",\"audio\":{\"id\":\"a\"}}]}",
        " refused=an audio answer that is stored at the provider", 0},
    {"list of models", "{\"models\":[\"a\"]," MSG "}", " refused=a member of the request that is not known here|uP:hi", 0},
    {"unknown switch", "{\"enable_search\":true," MSG "}", " refused=a member of the request that is not known here|uP:hi", 0},
    {"unknown member of a message", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"images\":[\"http://x\"]}]}",
        " refused=a member of a message that is not known here|uP:a", 0},

    {"no object", "[]", NULL, "an object is wanted here"},
    {"no messages", "{\"model\":\"m\"}", NULL, "messages are missing"},
    {"messages null", "{\"messages\":null}", NULL, "messages are missing"},
    {"messages empty", "{\"messages\":[]}", NULL, "messages are an array with at least one message"},
    {"messages a string", "{\"messages\":\"x\"}", NULL, "messages are an array with at least one message"},
    {"message a string", "{\"messages\":[\"x\"]}", NULL, "a message is an object with a role"},
    {"no role", "{\"messages\":[{\"content\":\"x\"}]}", NULL, "a message is an object with a role"},
    {"unknown role", "{\"messages\":[{\"role\":\"root\",\"content\":\"x\"}]}", NULL, "a role that is not known"},
    {"role by escape", "{\"messages\":[{\"role\":\"us\\u0065r\",\"content\":\"x\"}]}", NULL, "a role that is not known"},
    {"no content", "{\"messages\":[{\"role\":\"user\"}]}", NULL, "a message of this role has content"},
    {"content null", "{\"messages\":[{\"role\":\"user\",\"content\":null}]}", NULL, "a message of this role has content"},
    {"content number", "{\"messages\":[{\"role\":\"user\",\"content\":1}]}", NULL, "content is a string or an array of parts"},
    {"part without type", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]}]}", NULL,
        "a content part is an object with a type"},
    {"part a string", "{\"messages\":[{\"role\":\"user\",\"content\":[\"x\"]}]}", NULL, "a content part is an object with a type"},
    {"part without text", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]}", NULL,
        "a content part without the member of its type"},
    {"text a number", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":1}]}]}", NULL,
        "a string is wanted here"},
    {"image a string", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":\"data:x\"}]}]}", NULL,
        "an object is wanted here"},
    {"model a number", "{\"model\":1," MSG "}", NULL, "a string is wanted here"},
    {"stream a string", "{\"stream\":\"true\"," MSG "}", NULL, "true or false is wanted here"},
    {"stream_options a list", "{\"stream_options\":[]," MSG "}", NULL, "an object is wanted here"},
    {"n zero", "{\"n\":0," MSG "}", NULL, "a whole number within its bounds is wanted here"},
    {"n 129", "{\"n\":129," MSG "}", NULL, "a whole number within its bounds is wanted here"},
    {"n 1.0", "{\"n\":1.0," MSG "}", NULL, "a whole number within its bounds is wanted here"},
    {"max_tokens minus one", "{\"max_tokens\":-1," MSG "}", NULL, "a whole number within its bounds is wanted here"},
    {"temperature a list", "{\"temperature\":[]," MSG "}", NULL, "a number or a truth value is wanted here"},
    {"tools an object", "{\"tools\":{}," MSG "}", NULL, "an array is wanted here"},
    {"tool without type", "{\"tools\":[{\"function\":{\"name\":\"f\"}}]," MSG "}", NULL, "a tool without a type"},
    {"tool without name", "{\"tools\":[{\"type\":\"function\",\"function\":{}}]," MSG "}", NULL, "a tool without a name"},
    {"tool name with a space", "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]," MSG "}", NULL,
        "a tool's name has letters, digits, underscore, dot, colon and hyphen alone"},
    {"arguments an object",
        "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":{"
        "}}}]}]}",
        NULL, "a string is wanted here"},
};

static void
reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(read_cases) / sizeof(*read_cases); i++) {
        const struct gh_conv_test t = {chat(), tell};
        if (read_cases[i].conv != NULL)
            gh_conv_test_read(&t, read_cases[i].name, read_cases[i].body, GH_OK, read_cases[i].conv);
        else
            gh_conv_test_read(&t, read_cases[i].name, read_cases[i].body, GH_BAD, read_cases[i].why);
    }
}

#define ON "{\"include_usage\":true}"

static const struct {
    const char *name, *body, *model, *spliced;
} plan_cases[] = {
    {"replaced", "{\"model\":\"dep\"," MSG "}", "up", "{\"model\":\"up\"," MSG "}"},
    {"quoted", "{\"model\":\"dep\"," MSG "}", "a\"b", "{\"model\":\"a\\\"b\"," MSG "}"},
    {"absent", "{ " MSG "}", "up", "{\"model\":\"up\", " MSG "}"},
    {"null", "{\"model\":null," MSG "}", "up", "{\"model\":\"up\"," MSG "}"},
    {"name by escape", "{\"mod\\u0065l\":\"dep\"," MSG "}", "up", "{\"mod\\u0065l\":\"up\"," MSG "}"},
    {"stream, options absent", "{" MSG ",\"stream\":true,\"model\":\"dep\"}", "up",
        "{\"stream_options\":" ON "," MSG ",\"stream\":true,\"model\":\"up\"}"},
    {"stream, both absent", "{" MSG ",\"stream\":true}", "up",
        "{\"model\":\"up\",\"stream_options\":" ON "," MSG ",\"stream\":true}"},
    {"stream, options null", "{\"stream_options\":null," MSG ",\"stream\":true,\"model\":\"d\"}", "up",
        "{\"stream_options\":" ON "," MSG ",\"stream\":true,\"model\":\"up\"}"},
    {"stream, options empty", "{\"model\":\"d\",\"stream_options\":{ }," MSG ",\"stream\":true}", "up",
        "{\"model\":\"up\",\"stream_options\":{\"include_usage\":true }," MSG ",\"stream\":true}"},
    {"stream, options with another", "{\"model\":\"d\",\"stream_options\":{\"include_obfuscation\":false}," MSG ",\"stream\":true}",
        "up",
        "{\"model\":\"up\",\"stream_options\":{\"include_usage\":true,\"include_obfuscation\":false}," MSG ",\"stream\":true}"},
    {"stream, false", "{\"model\":\"d\",\"stream_options\":{\"include_usage\":false}," MSG ",\"stream\":true}", "up",
        "{\"model\":\"up\",\"stream_options\":{\"include_usage\":true}," MSG ",\"stream\":true}"},
    {"stream, null", "{\"model\":\"d\",\"stream_options\":{\"include_usage\":null}," MSG ",\"stream\":true}", "up",
        "{\"model\":\"up\",\"stream_options\":{\"include_usage\":true}," MSG ",\"stream\":true}"},
    {"stream, true", "{\"model\":\"d\",\"stream_options\":{\"include_usage\":true}," MSG ",\"stream\":true}", "up",
        "{\"model\":\"up\",\"stream_options\":{\"include_usage\":true}," MSG ",\"stream\":true}"},
    {"no stream, options stay", "{\"model\":\"d\",\"stream_options\":{\"include_usage\":false}," MSG "}", "up",
        "{\"model\":\"up\",\"stream_options\":{\"include_usage\":false}," MSG "}"},
};

static void
plans(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plan_cases) / sizeof(*plan_cases); i++) {
        const struct gh_forward how = {.model = gh_str_z(plan_cases[i].model)};
        gh_conv_test_plan(chat(), plan_cases[i].name, plan_cases[i].body, &how, plan_cases[i].spliced);
    }
}

static const struct {
    const char *answer;
    enum gh_rc rc;
    int64_t in, out;
} usage_cases[] = {
    {"{\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}", GH_OK, 3, 4},
    {"{\"choices\":[]}", GH_OK, -1, -1},
    {"{\"usage\":null}", GH_OK, -1, -1},
    {"{\"usage\":{\"prompt_tokens\":-3,\"completion_tokens\":\"4\"}}", GH_OK, -1, -1},
    {"{\"usage\":{\"prompt_tokens\":1e3}}", GH_OK, -1, -1},
    {"<html>", GH_BAD, -1, -1},
    {"{\"usage\":", GH_BAD, -1, -1},
    {"[]", GH_BAD, -1, -1},
    {"", GH_BAD, -1, -1},
};

static void
usages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(usage_cases) / sizeof(*usage_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_answer answer;
        enum gh_rc rc = chat()->answer(&answer, &a, gh_str_z(usage_cases[i].answer));
        const struct gh_usage u = answer.usage;
        if (rc != usage_cases[i].rc || u.input_tokens != usage_cases[i].in || u.output_tokens != usage_cases[i].out)
            fail_msg("%s: got %d %lld %lld", usage_cases[i].answer, (int)rc, (long long)u.input_tokens, (long long)u.output_tokens);
        gh_arena_fini(&a);
    }
}

static const struct {
    const char *answer, *calls;
} call_cases[] = {
    {"{\"choices\":[{\"message\":{\"content\":\"x\"}}]}", ""},
    {"{\"choices\":[{\"message\":{\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"f\\u0031\"}},{\"custom\":{"
     "\"name\":\"g\"}}]}}]}",
        "f1 g "},
    {"{\"choices\":[{\"message\":{\"function_call\":{\"name\":\"old\"}}},{\"message\":{\"tool_calls\":[{\"function\":{\"name\":"
     "\"h\"}}]}}]}",
        "old h "},
    {"{\"choices\":[{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":\"{}\"}}]}}]}", ""},
};

static void
calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(call_cases) / sizeof(*call_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_answer answer;
        struct gh_buf b;
        gh_buf_init(&b, &a, 1024);
        assert_int_equal(chat()->answer(&answer, &a, gh_str_z(call_cases[i].answer)), GH_OK);
        for (size_t k = 0; k < answer.n_calls; k++) {
            gh_buf_put(&b, answer.calls[k]);
            gh_buf_putc(&b, ' ');
        }
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(call_cases[i].calls)))
            fail_msg("%s: got %.*s", call_cases[i].answer, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

static const struct {
    const char *data;
    enum gh_rc rc;
    const char *text, *flags; /* d done, e error, u usage, o usage only */
    const char *without;      /* data without its usage member; NULL if it has none */
} delta_cases[] = {
    {"[DONE]", GH_OK, "", "d", NULL},
    {"{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"He\\u006c\"}}]}", GH_OK, "Hel", "", NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}},{\"delta\":{\"content\":\"b\"}}],\"usage\":null}", GH_OK, "ab", "",
        "{\"choices\":[{\"delta\":{\"content\":\"a\"}},{\"delta\":{\"content\":\"b\"}}]}"},
    {"{\"usage\":null , \"choices\":[]}", GH_OK, "", "", "{\"choices\":[]}"},
    {"{\"id\":\"x\",\"usage\":null,\"choices\":[]}", GH_OK, "", "", "{\"id\":\"x\",\"choices\":[]}"},
    {"{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}", GH_OK, "", "uo", "{\"choices\":[]}"},
    {"{\"choices\":[] ,\n \"usage\" : {\"prompt_tokens\":1,\"completion_tokens\":2}\n}", GH_OK, "", "uo", "{\"choices\":[] \n}"},
    {"{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}", GH_OK, "", "u", "{}"},
    {"{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}", GH_OK, "x", "u",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"}}]}"},
    {"{\"choices\":[],\"prompt_filter_results\":[]}", GH_OK, "", "", NULL},
    {"{\"error\":{\"message\":\"m\"}}", GH_OK, "", "e", NULL},
    {"{\"error\":null,\"choices\":[]}", GH_OK, "", "", NULL},
    {"{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\"}},{\"custom\":{"
     "\"input\":\"z\"}}]}}]}",
        GH_OK, "{\"az", "", NULL},
    {"{\"choices\":[{\"delta\":{\"refusal\":\"no\",\"content\":null,\"reasoning_content\":\"r\"}}]}", GH_OK, "nor", "", NULL},
    {"{\"choices\":[{\"delta\":null}]}", GH_OK, "", "", NULL},
    {"{\"choices\":1}", GH_OK, "", "", NULL},
    {"{\"choices\":[{]}", GH_BAD, "", "", NULL},
    {"hello", GH_BAD, "", "", NULL},
    {"", GH_BAD, "", "", NULL},
    {"[]", GH_BAD, "", "", NULL},
};

static void
deltas(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(delta_cases) / sizeof(*delta_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_delta d;
        struct gh_str data = gh_str_z(delta_cases[i].data);
        char flags[8];
        struct gh_buf f, out;
        enum gh_rc rc = chat()->delta(&d, &a, GH_STR(""), data);
        gh_buf_init_fixed(&f, flags, sizeof(flags));
        gh_buf_putz(&f, d.is_done ? "d" : "");
        gh_buf_putz(&f, d.is_error ? "e" : "");
        gh_buf_putz(&f, d.has_usage ? "u" : "");
        gh_buf_putz(&f, d.is_usage_only ? "o" : "");
        if (rc != delta_cases[i].rc || !gh_str_eq(d.text, gh_str_z(delta_cases[i].text)) ||
            !gh_str_eq(gh_buf_str(&f), gh_str_z(delta_cases[i].flags)))
            fail_msg("%s: got %d, text %.*s, flags %.*s", delta_cases[i].data, (int)rc, (int)d.text.n, d.text.p, (int)f.n, f.p);
        if (d.has_usage && (d.usage.input_tokens != 1 || d.usage.output_tokens != 2))
            fail_msg("%s: other usage", delta_cases[i].data);
        assert_int_equal(d.has_usage_member, delta_cases[i].without != NULL);
        if (!d.has_usage_member) {
            gh_arena_fini(&a);
            continue;
        }
        gh_buf_init(&out, &a, 1u << 16);
        assert_int_equal(gh_dialect_splice(&out, data, &d.without_usage, 1), GH_OK);
        if (!gh_str_eq(gh_buf_str(&out), gh_str_z(delta_cases[i].without)))
            fail_msg("%s: without usage %.*s", delta_cases[i].data, (int)out.n, out.p);
        gh_arena_fini(&a);
    }
}

static void
too_many_parts(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf b;
    struct gh_json j;
    struct gh_conv c;

    (void)state;
    gh_buf_init(&b, &a, 8u << 20);
    gh_buf_putz(&b, "{\"messages\":[{\"role\":\"user\",\"content\":[");
    for (unsigned i = 0; i < GH_CONV_PARTS_MAX; i++)
        gh_buf_putz(&b, "{\"type\":\"text\",\"text\":\"\"},");
    gh_buf_putz(&b, "{\"type\":\"text\",\"text\":\"\"}]}]}");
    assert_int_equal(gh_conv_test_body(&c, &j, &a, chat(), gh_buf_str(&b), NULL), GH_LIMIT);
    gh_arena_fini(&a);
}

static enum gh_rc
forward(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    const struct gh_conv_test t = {chat(), tell};
    const struct gh_forward how = {.model = GH_STR("upstream"), .instructions = GH_STR("be brief"), .max_output_tokens = 7};

    return gh_conv_test_forward(&t, &how, meaning, a, in);
}

static void
sweeps(void **state)
{
    const struct gh_str golden = GH_STR("{\"stream\":true,\"stream_options\":{\"include_usage\":false},\"tools\":[{\"type\":"
                                        "\"function\",\"function\":{\"name\":\"f\","
                                        "\"parameters\":{\"a\":\"\\u0041\"}}}],\"messages\":[{\"role\":\"system\",\"content\":"
                                        "\"s\\n\"},{\"role\":\"user\",\"content\":[{\"type\":"
                                        "\"text\",\"text\":\"t\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}}]},{"
                                        "\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\","
                                        "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":"
                                        "\"tool\",\"tool_call_id\":\"1\",\"content\":\"r\"}]}");

    (void)state;
    gh_test_mangle(forward, golden, false);
    gh_test_oom(forward, golden);
    gh_test_page(forward, golden);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(plans),
        cmocka_unit_test(usages),
        cmocka_unit_test(calls),
        cmocka_unit_test(deltas),
        cmocka_unit_test(too_many_parts),
        cmocka_unit_test(sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
