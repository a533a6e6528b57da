/* Every suite, once: SUITE(name) for name_suite() in tests/FOLDER/test_name.c. */

/* base */
SUITE(buf)
SUITE(err)
SUITE(fs)
SUITE(io)
SUITE(json)
SUITE(landlock)
SUITE(listen)
SUITE(log)
SUITE(nss)
SUITE(proc)
SUITE(text)

/* profile */
SUITE(attribute)
SUITE(root_file)
SUITE(conf)
SUITE(machine)
SUITE(name)
SUITE(nearest)
SUITE(profile)
SUITE(request)
SUITE(rule)
SUITE(san)
SUITE(subject)

/* store */
SUITE(access)
SUITE(anchor)
SUITE(anchors)
SUITE(commit)
SUITE(entry)
SUITE(generation)
SUITE(key)
SUITE(lock)
SUITE(recover)
SUITE(state)
SUITE(store)

/* scep */
SUITE(answer)
SUITE(authority)
SUITE(caps)
SUITE(client)
SUITE(csr)
SUITE(issued)
SUITE(refusal)
SUITE(scepserver)
SUITE(trust)
SUITE(way)

/* agent */
SUITE(engine)
SUITE(fetch_frame)
SUITE(agent_request)
SUITE(schedule)

/* pkcs11 */
SUITE(backend_store)
SUITE(describe)
SUITE(fields)
SUITE(keyd)
SUITE(peer)
SUITE(sign_store)
SUITE(backend_socket)
SUITE(core)
SUITE(find)
SUITE(operation)
SUITE(provider)
SUITE(wire)
SUITE(wire_operation)
SUITE(wire_snapshot)

/* trust */
SUITE(facts)
SUITE(install)
SUITE(manifest)
SUITE(plan)

/* module */
SUITE(arguments)
SUITE(pam)
SUITE(progress)

/* cli */
SUITE(cli_agent)
SUITE(cli_main)
SUITE(cli_options)
SUITE(detail)
SUITE(entries)
SUITE(moment)
SUITE(plain)
SUITE(render)
SUITE(table)
SUITE(token_uri)
