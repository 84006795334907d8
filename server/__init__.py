"""Web plumbing on Gradio and Starlette, shared by the pages and the API."""
