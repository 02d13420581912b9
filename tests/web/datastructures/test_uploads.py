import asyncio
import io
import tempfile
import threading

from webfoot.web.datastructures import FormData, Headers, UploadFile


def test_stays_in_the_loops_thread_while_in_memory_and_leaves_it_when_on_disk():
    threads = []

    class Spooled(tempfile.SpooledTemporaryFile):
        def write(self, data):
            threads.append(threading.current_thread())
            return super().write(data)

    async def use():
        upload = UploadFile(Spooled(max_size=10), size=0, filename="duck.txt")
        await upload.write(b"0123456789")
        await upload.write(b"x")
        await upload.write(b"y")
        await upload.seek(8)
        rest = await upload.read()
        await upload.close()
        return upload, rest

    upload, rest = asyncio.run(use())
    assert rest == b"89xy"
    assert upload.size == 12
    assert upload.file.closed
    here, *elsewhere = threads
    assert here is threading.main_thread()
    assert threading.main_thread() not in elsewhere


def test_tells_what_the_client_claims():
    upload = UploadFile(io.BytesIO(), filename="duck.png", size=3, headers=Headers({"content-type": "image/png"}))
    assert upload.content_type == "image/png"
    assert repr(upload) == "UploadFile(filename='duck.png', size=3, headers=Headers({'content-type': 'image/png'}))"
    assert UploadFile(io.BytesIO()).content_type is None


def test_a_form_closes_its_files_also_those_of_one_name():
    files = [io.BytesIO(), io.BytesIO()]
    form = FormData([("f", UploadFile(files[0])), ("f", UploadFile(files[1])), ("text", "x")])
    asyncio.run(form.close())
    assert all(file.closed for file in files)


def test_a_form_whose_closing_is_cancelled_is_closed():
    async def use():
        uploads = [UploadFile(tempfile.TemporaryFile()) for _ in range(2)]  # noqa: SIM115
        closing = asyncio.create_task(FormData([("duck", upload) for upload in uploads]).close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait((closing,))
        return uploads

    assert all(upload.file.closed for upload in asyncio.run(use()))
