/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/policy_id.h"

#include "base/str.h"

// clang-format off
static const char *const ids[] = {
    "438c38d2-3772-465a-a9cc-7a6666a275ce", "6ddb1705-c8cf-450e-aa4b-19ad6703c440",
    "45e05259-1eb5-4f70-9574-baf73e9d219b", "5f0c7d88-c7de-45b8-ac49-db49e72eaa78",
    "ba769a63-b8cc-4b2d-abf6-ac33c7204be8", "afe0c3be-ba3b-4544-ba52-0c99672a8ad6",
    "e96a9a5f-07ca-471b-9bc5-6a0f33cbd68f", "7804b5c7-01dc-4723-969b-ae300cc07ff1",
    "679ddf89-ab8f-48a5-9029-e76054077449", "f110a506-2dcb-422e-bcea-d533fc8c35e2",
    "12e5dd16-d201-47ff-849b-8454061c293d", "19539b54-c61e-4196-9a38-67598701be90",
    "71ef260a-8f18-47b7-abcb-62d0673d94dc", "0725b4dd-7e76-479c-a735-68e7ee23d5ca",
    "037eea7a-bd0a-46c5-9a66-03aea78705d3", "d6759c02-b87f-42b7-892e-71b3f471d782",
    "fe3fd216-4f83-4fc1-8984-2bbec80a3418", "67121cc7-ff39-4ab8-b7e3-95b84dab487d",
    "1b4d1c4e-934c-4703-944c-27c82c06bebb", "46aa9b05-0e60-4eae-a88b-1e9d374fa515",
    "930f48f9-f07e-427c-9494-52603581c6a9", "aafe3651-cb78-4f68-9f81-e7e41509110f",
    "f3a9c2e0-7b4d-4d8f-9c3a-2e1f6b9a8d4e", "af253d37-136a-42f8-a1fc-30010c083d41",
    "c1ad46c6-37f8-4af0-9c71-c208375c87dd", "df73bd95-24da-4a4f-96b9-4e8b94b402bd",
    "ef619a2c-cc4d-4d03-b2ba-8c94a834d85b", "ee7495e7-3ba7-40b6-bfee-c29e22cc75d4",
    "92bb331d-ac71-416a-8c91-02f2cb734ce4", "c15dcc82-b93c-4dcb-9332-fbf121685b54",
    "f1cc7827-022c-473e-836e-5a51cae0b249", "3aa03346-d8c5-4994-a5bc-7652c2a2aef1",
    "b741306c-968e-4b67-b916-5675e5c709f4", "ffe25541-3853-4f4e-b71d-064422294b11",
    "d5448c98-e503-4fdd-bcd2-784960c00d04", "8ac833bd-f505-48d5-887e-c993a1d3eea0",
    "1dc2fc00-2245-4143-99f4-874c937f13ef", "12d4fa5e-1f9f-4c21-97a9-b99b3c6611b5",
    "405c5871-3e91-4644-8a63-58e19d68ff5b", "55615ac9-af46-4a59-874e-391cc3dfb490",
    "a6abeaec-4d90-4a02-805f-6b26c4d3fbe9", "0b60c0b2-2dc2-4e1c-b5c9-abbed971de53",
    "1e66c121-a66a-4b1f-9b83-0fd99bf0fc2d", "cf820ca0-f99e-4f3e-84fb-66e913812d21",
    "98728c90-32c7-4049-8429-847dc0f4fe37", "152b15f7-8e1f-4c1f-ab71-8c010ba5dbc0",
    "d8cf8476-a2ec-4916-896e-992351803c44", "75262d3e-ba4a-4f43-85f8-9f72c090e5e3",
    "404c3081-a854-4457-ae30-26a93ef643f9", "fe83a0eb-a853-422d-aac2-1bffd182c5d0",
    "4fa4b6c0-31ca-4c0d-b10d-24b96f62a751", "b2982f36-99f2-4db5-8eff-283140c09693",
    "34c877ad-507e-4c82-993e-3452a6e0ad3c", "8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54",
    "c9d007d0-c057-4772-b18c-01e546713bcd", "6edd7eda-6dd8-40f7-810d-67160c639cd9",
    "6fac406b-40ca-413b-bf8e-0bf964659c25", "4733ea7b-a883-42fe-8cac-97454c2a9e4a",
    "92a89a79-6c52-4a7e-a03f-61306fc49312", "7aa1c9d5-3d7e-4579-8117-d85e99211757",
    "dc921057-6b28-4fbe-9b83-f7bec05db6c2", "9f2dea28-e834-476c-99c5-3507b4728395",
    "0fdf0491-d080-4575-b627-ad0e843cba0f", "d0793b48-0edc-4296-a390-4c75d1bdfd71",
    "524b0254-c285-4903-bee6-bb8126cde579", "5b9159ae-1701-4a6f-9a7a-aa9c8ddd0580",
    "e8eef0a8-67cf-4eb4-9386-14b0e78733d4", "6300012e-e9a4-4649-b41f-a85f5c43be91",
    "ee980b6d-0eca-4501-8d54-f6290fd512c3", "76a56461-9dc0-40f0-82f5-2453283afa2f",
    "a049bf77-880b-470f-ba6d-9f21c530cf83", "0fda3595-9f2b-4592-8675-4231d6fa82fe",
    "b4330a05-a843-4bc8-bf9a-cacce50c67f4", "a451c1ef-c6ca-483d-87ed-f49761e3ffb5",
    "4f11b553-d42e-4e3a-89be-32ca364cad4c", "c2c0c6d8-007b-4a48-8d9b-3539bddd8e87",
    "1f90fc71-a595-4066-8974-d4d0802e8ef0", "0e6763cc-5078-4e64-889d-ff4d9a839047",
    "640d2586-54d2-465f-877f-9ffc1d2109f4", "c3d20c29-b36d-48fe-808b-99a87530ad99",
    "7926a6d1-b268-4586-8197-e8ae90c877d7", "1c988dd6-ade4-430f-a608-2a3e5b0a6d38",
    "ee40564d-486e-4f68-a5ca-7a621edae0fb", "c4bc6f10-cb41-49eb-b000-d5ab82e2a091",
    "e71308d3-144b-4262-b144-efdc3cc90517",
};
// clang-format on

const char *
gh_policy_id_find(const char *first_eight)
{
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (gh_str_starts(gh_str_z(ids[i]), gh_str_z(first_eight)))
            return ids[i];
    return NULL;
}
