"""Small servers on real sockets: they keep what they are sent, and answer as they are told."""

import asyncio
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


class LocalServer:
    """A server on a free port of 127.0.0.1; leaving it ends every connection."""

    def __init__(self):
        self.port, self._serving = 0, set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _accept(self, reader, writer):
        self._serving.add(asyncio.current_task())
        try:
            await self.serve(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


class SmtpServer(LocalServer):
    """RFC 5321 as far as smtplib speaks it. `replies` holds answers to RCPT to give before it accepts again; a mail
    that brings the count to `hold_after` is kept, but its sender is not told so."""

    def __init__(self):
        super().__init__()
        self.mails: list[EmailMessage] = []
        self.replies: list[str] = []
        self.hold_after = 10**9
        self.recipients: list[str] = []

    async def serve(self, reader, writer):
        """One connection."""

        async def say(line):
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 test")
        while line := (await reader.readline()).decode().strip():
            verb = line.upper().split()[0]
            if verb == "DATA":
                await say("354 go on")
                data = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(message_from_bytes(data[:-3].replace(b"\r\n..", b"\r\n."), policy=default))
                if len(self.mails) == self.hold_after:
                    await asyncio.sleep(60)
                await say("250 kept")
            elif verb == "RCPT" and self.replies:
                await say(self.replies.pop(0))
            elif verb == "RCPT":
                self.recipients.append(line.partition("<")[2].partition(">")[0])
                await say("250 ok")
            else:
                await say("221 bye" if verb == "QUIT" else "250 ok")
                if verb == "QUIT":
                    break
