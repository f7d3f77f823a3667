def hook(event, delivery):
    """The hook of the tests: counts its runs, and does what the event says."""
    with open(os.environ["RUNS"], "a+") as file:
        file.write(delivery.id + "\n")
        file.seek(0)
        run = file.read().split().count(delivery.id)
    behaviour = event["context"]["behaviour"]
    if behaviour == "fail first" and run == 1:
        raise RuntimeError("the password is hunter2")
    if behaviour == "crash first" and run == 1:
        os._exit(1)
    if behaviour == "refuse":
        raise Refused(422, "not this one")
    if behaviour == "return nothing":
        return None
    if behaviour == "return too much":
        return {"context": {"text": "x" * 300_000}}
    while behaviour == "wait" and not os.path.exists(os.environ["RUNS"] + ".go"):
        time.sleep(0.02)
    return {"context": {"run": run, "text": "Grüße \u2028"}}
