/** How a program checks with its secret that a message comes from here, with the libraries of Standard Webhooks. */
export const VERIFYING: readonly { language: string; code: string }[] = [
  {
    language: "JavaScript",
    code: `import { Webhook } from "standardwebhooks";

// body: the text of the request, as it came
const message = new Webhook(process.env.SECRET).verify(body, headers);`,
  },
  {
    language: "Python",
    code: `from standardwebhooks import Webhook

# body: the bytes of the request, as they came
message = Webhook(os.environ["SECRET"]).verify(body, headers)`,
  },
  {
    language: "PHP",
    code: `use StandardWebhooks\\Webhook;

// $body: the text of the request, as it came
$message = (new Webhook(getenv("SECRET")))->verify($body, $headers);`,
  },
  {
    language: "Go",
    code: `import standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

// body: the bytes of the request, as they came
wh, err := standardwebhooks.NewWebhook(os.Getenv("SECRET"))
err = wh.Verify(body, request.Header)`,
  },
];
